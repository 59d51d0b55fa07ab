import CairnFormat
import CairnSystem

extension Timestamp {
    /// As answers have times: seconds since 1970, with milliseconds where there are any.
    var answer: StrictJSON {
        let (whole, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        guard rest != 0, milliseconds > 0 else { return .number("\(seconds)") }
        let digits = String(rest + 1_000).dropFirst()
        return .number("\(whole).\(digits)")
    }
}
