/// A moment in whole seconds since 1970-01-01T00:00:00Z, as event records have it.
package struct EventTime: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let seconds: Int64

    package init(seconds: Int64) { self.seconds = seconds }

    /// Reads `YYYY-MM-DDTHH:MM:SSZ`; nil for any other spelling and for dates that don't exist.
    package init?(iso8601 text: some Collection<UInt8>) {
        guard text.count == 20 else { return nil }
        var c: [20 of UInt8] = .init(repeating: 0)
        for (i, byte) in text.enumerated() { c[i] = byte }
        func number(_ from: Int, _ count: Int) -> Int64? {
            var value: Int64 = 0
            for i in from..<from + count {
                let digit = c[i]
                guard digit >= 0x30, digit <= 0x39 else { return nil }
                value = value * 10 + Int64(digit - 0x30)
            }
            return value
        }
        guard c[4] == UInt8(ascii: "-"), c[7] == UInt8(ascii: "-"), c[10] == UInt8(ascii: "T"),
            c[13] == UInt8(ascii: ":"),
            c[16] == UInt8(ascii: ":"), c[19] == UInt8(ascii: "Z"),
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), day >= 1, day <= Self.days(in: month, of: year), hour < 24, minute < 60,
            second < 60
        else { return nil }
        seconds = Self.days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second
    }

    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }

    /// Days since 1970-01-01 of a date in the Gregorian calendar (H. Hinnant, "chrono-compatible low-level date algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Year, month, day, hour, minute and second in UTC.
    package var parts: (year: Int64, month: Int64, day: Int64, hour: Int64, minute: Int64, second: Int64) {
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let m = (5 * dayOfYear + 2) / 153
        let month = m + (m < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * m + 2) / 5 + 1, rest / 3_600, rest / 60 % 60, rest % 60)
    }

    private static func padded(_ number: Int64, _ count: Int = 2) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }

    /// `YYYY-MM-DDTHH:MM:SSZ`
    package var iso8601: String {
        let t = parts
        let date = "\(Self.padded(t.year, 4))-\(Self.padded(t.month))-\(Self.padded(t.day))"
        return date + "T\(Self.padded(t.hour)):\(Self.padded(t.minute)):\(Self.padded(t.second))Z"
    }

    /// `YYYYMMDDTHHmmZ`, as log files are named.
    package var minuteStamp: String {
        let t = parts
        return Self.padded(t.year, 4) + Self.padded(t.month) + Self.padded(t.day) + "T" + Self.padded(t.hour)
            + Self.padded(t.minute) + "Z"
    }

    /// `YYYYMMDDTHHMMSSZ`, as digest files are named.
    package var secondStamp: String {
        minuteStamp.dropLast() + Self.padded(parts.second) + "Z"
    }

    /// `yyyy/mm/dd`, as folders are named.
    package var datePath: String {
        let t = parts
        return "\(Self.padded(t.year, 4))/\(Self.padded(t.month))/\(Self.padded(t.day))"
    }

    package var description: String { iso8601 }

    package static func < (a: EventTime, b: EventTime) -> Bool { a.seconds < b.seconds }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let time = EventTime(iso8601: Array(text.utf8)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected YYYY-MM-DDTHH:MM:SSZ")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(iso8601)
    }
}
