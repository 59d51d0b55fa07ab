import CairnFormat

/// A trail as the oracle understands it: told by the reference, in as few words as the simulation's trails need.
struct TrailModel: Sendable, Equatable {
    /// What it takes.
    enum Takes: Sendable {
        case management
        case managementWrites
        case managementAndObjects
    }

    var bucket: BucketName
    let isMultiRegion: Bool
    var takes: Takes
    var isLogging = true

    /// Whether an event goes to it.
    func matches(_ event: SentEvent) -> Bool {
        guard isLogging, isMultiRegion || event.region == .usEast1 else { return false }
        switch takes {
        case .management: return event.kind != .object
        case .managementWrites: return event.kind == .write
        case .managementAndObjects: return true
        }
    }
}
