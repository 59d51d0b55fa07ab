import CairnFormat
import CairnLog
import CairnNative
import CairnTopics

/// Lanes and notices that several suites tell their stories with.
enum Fixture {
    static let start: Int64 = 1_772_359_964_000

    /// A lane for each number.
    static func lane(_ number: UInt8) throws -> Lane {
        Lane(
            trail: UniqueID(random: [UInt8](repeating: number, count: 16)), account: try AccountID("111122223333"),
            region: .usEast1, folder: .trail)
    }

    /// The notice with a number; the same number is the same notice.
    static func notice(_ number: Int, of lane: Lane) -> TopicNotice {
        var id = [UInt8](repeating: 0, count: 8)
        id.append(number: UInt64(number))
        return TopicNotice(id: LogID(id), lane: lane, at: start + Int64(number), message: "message \(number)")
    }
}
