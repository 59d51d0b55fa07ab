import Synchronization

/// What happened in a run, in order: a hash by which two runs are compared, and the story for whoever wants to read it.
package final class Trace: Sendable {
    /// FNV-1a, 64 bits.
    private let state = Mutex<UInt64>(0xCBF2_9CE4_8422_2325)
    private let tell: (@Sendable (String) -> Void)?

    /// - Parameter tell: gets each line of the story.
    package init(tell: (@Sendable (String) -> Void)? = nil) { self.tell = tell }

    package var hash: UInt64 { state.withLock { $0 } }

    /// Adds to the story what the hash need not know.
    func aside(_ text: @autoclosure () -> String) { tell?("                  \(text())") }

    /// Notes a call that somebody made, and how it ended.
    func call(_ who: String, _ operation: String, _ subject: String, _ end: String, at uptime: Duration) {
        state.withLock { hash in
            Self.mix(who, &hash)
            Self.mix(operation, &hash)
            Self.mix(subject, &hash)
            Self.mix(end, &hash)
            Self.mix(uptime.attoseconds, &hash)
        }
        tell?("\(Self.seconds(uptime)) \(who): \(operation) \(subject)\(end.isEmpty ? "" : " -> \(end)")")
    }

    /// Notes something that happened.
    func note(_ text: String, at uptime: Duration) {
        state.withLock { hash in
            Self.mix(text, &hash)
            Self.mix(uptime.attoseconds, &hash)
        }
        tell?("\(Self.seconds(uptime)) \(text)")
    }

    private static func mix(_ text: String, _ hash: inout UInt64) {
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ 0xFF) &* 0x100_0000_01B3
    }

    private static func mix(_ number: Int128, _ hash: inout UInt64) {
        hash = (hash ^ UInt64(truncatingIfNeeded: number)) &* 0x100_0000_01B3
        hash = (hash ^ UInt64(truncatingIfNeeded: number >> 64)) &* 0x100_0000_01B3
    }

    private static func seconds(_ uptime: Duration) -> String {
        let microseconds =
            Int(uptime.components.seconds) * 1_000_000 + Int(uptime.components.attoseconds / 1_000_000_000_000)
        let text = String(microseconds)
        let padded = String(repeating: "0", count: max(0, 10 - text.utf8.count)) + text
        return "\(padded.dropLast(6)).\(padded.suffix(6))"
    }
}
