/// Moments as people and other tools write them.
package enum MomentText {
    /// Seconds since 1970 of `YYYY-MM-DD[THH:MM[:SS[.fraction]]][Z|±HH:MM]`; without a zone it is UTC. Nil for all else.
    package static func seconds(_ text: String) -> Int64? {
        var rest = Array(text.utf8)[...]
        guard rest.count >= 10 else { return nil }
        let date = rest.prefix(10)
        rest = rest.dropFirst(10)
        var clock = Array("00:00:00".utf8)
        if let c = rest.first, c == UInt8(ascii: "T") || c == UInt8(ascii: "t") || c == 0x20 {
            rest = rest.dropFirst()
            guard rest.count >= 5 else { return nil }
            clock.replaceSubrange(0..<5, with: rest.prefix(5))
            rest = rest.dropFirst(5)
            if rest.first == UInt8(ascii: ":") {
                guard rest.count >= 3 else { return nil }
                clock.replaceSubrange(5..<8, with: rest.prefix(3))
                rest = rest.dropFirst(3)
                if rest.first == UInt8(ascii: ".") {
                    rest = rest.dropFirst()
                    let digits = rest.prefix { (0x30...0x39).contains($0) }
                    guard !digits.isEmpty else { return nil }
                    rest = rest.dropFirst(digits.count)
                }
            }
        }
        guard let time = EventTime(iso8601: Array(date) + [UInt8(ascii: "T")] + clock + [UInt8(ascii: "Z")]) else {
            return nil
        }
        return zone(rest).map { time.seconds - $0 }
    }

    /// Seconds east of Greenwich.
    private static func zone(_ text: ArraySlice<UInt8>) -> Int64? {
        guard let sign = text.first else { return 0 }
        if text.count == 1, sign == UInt8(ascii: "Z") || sign == UInt8(ascii: "z") { return 0 }
        let digits = text.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"), digits.count == 4,
            digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(String(decoding: digits, as: UTF8.self)), number / 100 <= 14, number % 100 < 60
        else { return nil }
        let seconds = (number / 100) * 3_600 + (number % 100) * 60
        return sign == UInt8(ascii: "+") ? seconds : -seconds
    }
}
