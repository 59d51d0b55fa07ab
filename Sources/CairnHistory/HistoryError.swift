import CairnDocuments
package import CairnKeys
package import CairnLog

/// What can go wrong with event history. Delivery goes on whatever it is.
package indirect enum HistoryError: Error, Sendable, CustomStringConvertible {
    /// A file of it cannot be read or written.
    case file(path: String, reason: String)
    case keys(KeyError)
    case log(LogError)
    /// What is in a file does not open, or is none of it.
    case damaged(path: String, reason: String)

    package var description: String {
        switch self {
        case .file(let path, let reason): "event history: \(path): \(reason)"
        case .keys(let error): "event history: \(error)"
        case .log(let error): "event history: \(error)"
        case .damaged(let path, let reason):
            "event history: \(path) is damaged (\(reason)): remove the file while cairn is stopped; what it had is still in the "
                + "archive"
        }
    }
}
