/// What one read of a log gives.
package struct LogChunk: Sendable {
    /// The bytes of all frames; at least 64 more bytes stand behind the last payload.
    package let bytes: [UInt8]
    package let frames: [LogFrame]
    /// The sequence to read from next.
    package let next: UInt64

    package init(bytes: [UInt8], frames: [LogFrame], next: UInt64) {
        self.bytes = bytes
        self.frames = frames
        self.next = next
    }

    /// A copy of one frame's payload.
    package func payload(_ frame: LogFrame) -> [UInt8] { Array(bytes[frame.payload]) }
}
