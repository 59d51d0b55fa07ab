import CairnFormat

/// Times as HTTP headers have them: `Sun, 01 Mar 2026 10:12:44 GMT`.
enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]

    /// - Parameter seconds: since 1970.
    static func text(_ seconds: Int64) -> String {
        // yyyy-mm-ddThh:mm:ssZ
        let iso = Array("\(EventTime(seconds: seconds))")
        let month = Int(String(iso[5..<7])).map { months[$0 - 1] } ?? "Jan"
        let day = days[Int((seconds / 86_400 % 7 + 7) % 7)]
        return "\(day), \(String(iso[8..<10])) \(month) \(String(iso[0..<4])) \(String(iso[11..<19])) GMT"
    }

    /// Nil when it is no such time: the condition then does not hold anything up.
    static func seconds(_ text: String) -> Int64? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else {
            return nil
        }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return EventTime(iso8601: "\(parts[3])-\(number)-\(parts[1])T\(parts[4])Z".utf8)?.seconds
    }
}
