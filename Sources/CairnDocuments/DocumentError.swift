/// What can go wrong with documents, split by what the caller will do.
package indirect enum DocumentError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The document has another revision than expected, nil being none: read it again and begin from it.
    case conflict(key: String, expected: UInt64?)
    /// Trying again may help.
    case unavailable(reason: String)
    /// Trying again will not help.
    case damaged(reason: String)
    case newerFormat(path: String, found: Int, known: Int)
    case badKey(String)
    case tooLarge(key: String, byteCount: Int, limit: Int)

    package var description: String {
        switch self {
        case .conflict(let key, let expected):
            "document \(key) is no longer at revision \(expected.map(String.init) ?? "none"): somebody else changed it"
        case .unavailable(let reason): "the documents cannot be reached: \(reason)"
        case .damaged(let reason):
            "the documents are damaged: \(reason); stop cairn, keep a copy, and restore documents.sqlite from backup"
        case .newerFormat(let path, let found, let known):
            "\(path) has format \(found), this cairn reads up to \(known): use the newer cairn that wrote it"
        case .badKey(let key): "'\(key.prefix(100))' is no key of a document"
        case .tooLarge(let key, let count, let limit):
            "document \(key) would have \(count) bytes, at most \(limit) are kept"
        }
    }
}
