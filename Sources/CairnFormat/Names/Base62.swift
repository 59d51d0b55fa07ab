/// Digits `0–9A–Za–z`, as the unique part of a file name uses them.
package enum Base62 {
    private static let digits = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)

    /// The last `count` digits of the big-endian number in `bytes`.
    package static func encode(_ bytes: [UInt8], count: Int) -> String {
        var number = bytes
        var text = [UInt8](repeating: 0, count: count)
        for place in (0..<count).reversed() {
            var remainder = 0
            for i in number.indices {
                let value = remainder << 8 | Int(number[i])
                number[i] = UInt8(value / 62)
                remainder = value % 62
            }
            text[place] = digits[remainder]
        }
        return String(decoding: text, as: UTF8.self)
    }
}
