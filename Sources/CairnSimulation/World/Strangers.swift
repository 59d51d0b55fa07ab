import CairnObjects
import Synchronization

/// What somebody did to the buckets behind cairn's back.
final class Strangers: Sendable {
    private struct State {
        /// The events of files that were deleted, by file.
        var deleted: [String: [String]] = [:]
        /// When they were deleted last, by the wall clock in seconds since 1970.
        var deletedAt: [String: Int64] = [:]
        /// The same of files in which a bit was flipped, with what they were before.
        var rotten: [String: Rotten] = [:]
        /// What was planted, by location.
        var planted: [String: [UInt8]] = [:]
        /// The events of files whose key was shredded, by file.
        var shredded: [String: [String]] = [:]
        /// The periods whose keys were shredded, by trail.
        var shreddings: [String: [Shredding]] = [:]
        /// How many frames of the log were damaged, and the events in them.
        var damagedFrameCount = 0
        var damagedEvents: Set<String> = []
        var logFilesTaken = 0
    }

    struct Rotten: Sendable {
        var events: [String]
        /// The file with the bit flipped.
        var bytes: [UInt8]
    }

    /// The keys of a trail that were made unusable.
    struct Shredding: Sendable {
        /// The minute that they were made in, as digits.
        var minute: String
        /// When that was, as uptime.
        var from: Duration
        var until: Duration
        /// When they were made unusable, as uptime.
        var at: Duration
        /// Whether all files of the trail's name are its own, and no other's that had the name before.
        var isOnlyOne: Bool
    }

    private let state = Mutex(State())

    func deleted(_ location: ObjectLocation, events: [String], at seconds: Int64) {
        state.withLock { state in
            state.deleted["\(location)"] = events
            state.deletedAt["\(location)"] = seconds
        }
    }

    func rotted(_ location: ObjectLocation, _ rotten: Rotten) {
        state.withLock { $0.rotten["\(location)"] = $0.rotten["\(location)"] ?? rotten }
    }

    func shredded(_ files: [String: [String]], of trail: String, _ shredding: Shredding) {
        state.withLock { state in
            state.shredded.merge(files) { one, _ in one }
            state.shreddings[trail, default: []].append(shredding)
        }
    }

    func damagedLog(events: [String]) {
        state.withLock { state in
            state.damagedFrameCount += 1
            state.damagedEvents.formUnion(events)
        }
    }

    func tookLogFile() { state.withLock { $0.logFilesTaken += 1 } }

    func planted(_ bytes: [UInt8], at location: ObjectLocation) { state.withLock { $0.planted["\(location)"] = bytes } }

    /// The files that were deleted; cairn may have put one again since, if it had not written down that it had.
    var deletedFiles: [String: [String]] { state.withLock { $0.deleted } }
    var deletionTimes: [String: Int64] { state.withLock { $0.deletedAt } }
    /// The files in which a bit was flipped; cairn may have put one whole again since.
    var rottenFiles: [String: Rotten] { state.withLock { $0.rotten } }
    /// Files that were readable when a key was shredded, as they may all be unreadable since.
    var shreddedFiles: [String: [String]] { state.withLock { $0.shredded } }
    var shreddings: [String: [Shredding]] { state.withLock { $0.shreddings } }
    var damagedFrameCount: Int { state.withLock { $0.damagedFrameCount } }
    var damagedEvents: Set<String> { state.withLock { $0.damagedEvents } }
    var logFilesTaken: Int { state.withLock { $0.logFilesTaken } }
    var plantedObjects: [String: [UInt8]] { state.withLock { $0.planted } }
}
