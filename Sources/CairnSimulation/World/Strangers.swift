import CairnObjects
import Synchronization

/// What somebody did to the buckets behind cairn's back.
final class Strangers: Sendable {
    private struct State {
        /// The events of files that were deleted, by file.
        var deleted: [String: [String]] = [:]
        var planted: Set<String> = []
    }

    private let state = Mutex(State())

    func deleted(_ location: ObjectLocation, events: [String]) {
        state.withLock { $0.deleted["\(location)"] = events }
    }

    func planted(_ location: ObjectLocation) { state.withLock { _ = $0.planted.insert("\(location)") } }

    /// The files that were deleted; cairn may have put one again since, if it had not written down that it had.
    var deletedFiles: [String: [String]] { state.withLock { $0.deleted } }
    var plantedObjects: Set<String> { state.withLock { $0.planted } }
}
