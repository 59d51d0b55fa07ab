/// Which events a basic selector takes, by what they do (`ReadWriteType`, reference 7.2).
package enum ReadWriteType: String, Sendable, Hashable, Codable, CaseIterable {
    case readOnly = "ReadOnly"
    case writeOnly = "WriteOnly"
    case all = "All"
}
