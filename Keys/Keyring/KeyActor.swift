/// Who does something with keys.
package struct KeyActor: Sendable, Equatable, Codable {
    /// `operator`: somebody with the data directory at hand; `service`: cairn itself, by schedule.
    package enum Kind: String, Sendable, Codable {
        case `operator`
        case service
    }

    package let kind: Kind
    /// The user's name on the machine, or the part of cairn.
    package let name: String

    package init(_ kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }
}
