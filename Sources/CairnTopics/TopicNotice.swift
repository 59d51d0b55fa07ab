package import CairnFormat
package import CairnLog

/// One notice: which lane got a file, and CloudTrail's message about it.
package struct TopicNotice: Sendable, Equatable {
    /// The same for the same file.
    package let id: LogID
    package let lane: Lane
    /// When the file was cut, in ms since 1970.
    package let at: Int64
    /// The SNS message (reference 4.2).
    package let message: String

    package init(id: LogID, lane: Lane, at: Int64, message: String) {
        self.id = id
        self.lane = lane
        self.at = at
        self.message = message
    }

    /// `<lane>\n<message>`
    var payload: [UInt8] { Array("\(lane)\n\(message)".utf8) }

    package static func decode(_ payload: [UInt8]) -> (lane: Lane, message: String)? {
        guard let end = payload.firstIndex(of: UInt8(ascii: "\n")),
            let lane = try? Lane(String(decoding: payload[..<end], as: UTF8.self))
        else { return nil }
        return (lane, String(decoding: payload[(end + 1)...], as: UTF8.self))
    }
}
