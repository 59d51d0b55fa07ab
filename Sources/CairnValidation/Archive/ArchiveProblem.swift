import CairnObjects
import CairnSystem

/// Why an object of an archive cannot be read, split by what it means to the evidence.
enum ArchiveProblem: Error, Equatable, Sendable {
    case missing
    /// It is no file: a link, a pipe, a device.
    case irregular(String)
    /// It may not be read.
    case denied(String)
    /// It may work the next time.
    case transient(String)
    /// It was changed while it was read.
    case changed

    init(_ problem: ConfinedDirectory.Problem) {
        self =
            switch problem {
            case .notFound: .missing
            case .irregular(let what): .irregular(what)
            case .denied: .denied("permission denied")
            case .failed(let code): .transient("the disk failed with error \(code)")
            }
    }

    init(_ error: ObjectError) {
        self =
            switch error {
            case .notFound: .missing
            case .denied(_, let reason): .denied(reason)
            case .changed: .changed
            default: .transient(error.description)
            }
    }
}
