import Glibc

/// Key bytes in hex, read and written without leaving the arena.
package enum SecretText {
    /// Reads hex digits, upper or lower case, around which white space may stand; nil for anything else.
    package static func fromHex(_ text: borrowing Secret) -> Secret? {
        text.withKeyBytes { all -> Secret? in
            var range = 0..<all.count
            while let last = range.last, isSpace(all[last]) { range = range.lowerBound..<last }
            while let first = range.first, isSpace(all[first]) { range = first + 1..<range.upperBound }
            guard range.count >= 2, range.count % 2 == 0 else { return nil }
            var isHex = true
            let secret = Secret(count: range.count / 2) { (bytes: inout MutableSpan<UInt8>) in
                for i in bytes.indices {
                    let (high, low) = (
                        digit(all[range.lowerBound + 2 * i]), digit(all[range.lowerBound + 2 * i + 1])
                    )
                    guard let high, let low else {
                        isHex = false
                        return
                    }
                    bytes[i] = high << 4 | low
                }
            }
            guard isHex else { return nil }
            return secret
        }
    }

    /// The bytes as lower-case hex digits.
    package static func hex(_ secret: borrowing Secret) -> Secret {
        secret.withKeyBytes { source in
            Secret(count: source.count * 2) { (text: inout MutableSpan<UInt8>) in
                for i in source.indices {
                    for (place, value) in [(0, source[i] >> 4), (1, source[i] & 15)] {
                        text[2 * i + place] =
                            value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
                    }
                }
            }
        }
    }

    /// The bytes in base64, padded.
    package static func base64(_ secret: borrowing Secret) -> Secret {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        return secret.withKeyBytes { source in
            Secret(count: (source.count + 2) / 3 * 4) { (text: inout MutableSpan<UInt8>) in
                for group in 0..<(source.count + 2) / 3 {
                    let count = min(3, source.count - 3 * group)
                    var bits: UInt32 = 0
                    for i in 0..<3 { bits = bits << 8 | (i < count ? UInt32(source[3 * group + i]) : 0) }
                    for i in 0..<4 {
                        text[4 * group + i] =
                            i <= count ? letters[Int(bits >> UInt32(18 - 6 * i) & 63)] : UInt8(ascii: "=")
                    }
                }
            }
        }
    }

    /// The bytes of a JSON text's member that is a string in base64, such as a key that a KMS answers; nil when there is no
    /// such member, or it is no base64. The text is one object of ASCII whose names hold no escapes.
    package static func base64Member(_ name: String, of json: borrowing Secret) -> Secret? {
        let wanted = Array("\"\(name)\"".utf8)
        return json.withKeyBytes { all -> Secret? in
            var at = 0
            search: while at + wanted.count < all.count {
                for i in wanted.indices where all[at + i] != wanted[i] {
                    at += 1
                    continue search
                }
                break
            }
            at += wanted.count
            while at < all.count, isSpace(all[at]) || all[at] == UInt8(ascii: ":") { at += 1 }
            guard at < all.count, all[at] == UInt8(ascii: "\"") else { return nil }
            let start = at + 1
            var end = start
            while end < all.count, all[end] != UInt8(ascii: "\"") { end += 1 }
            guard end < all.count, end > start, (end - start) % 4 == 0 else { return nil }
            var padding = 0
            while padding < 2, all[end - 1 - padding] == UInt8(ascii: "=") { padding += 1 }
            var isBase64 = true
            let secret = Secret(count: (end - start) / 4 * 3 - padding) { (bytes: inout MutableSpan<UInt8>) in
                var (bits, count, place): (UInt32, Int, Int) = (0, 0, 0)
                for i in start..<end - padding {
                    guard let value = sextet(all[i]) else {
                        isBase64 = false
                        return
                    }
                    bits = bits << 6 | value
                    count += 6
                    if count >= 8 {
                        count -= 8
                        if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: bits >> UInt32(count)) }
                        place += 1
                    }
                }
                isBase64 = isBase64 && place == bytes.count
            }
            guard isBase64 else { return nil }
            return secret
        }
    }

    static func sextet(_ c: UInt8) -> UInt32? {
        switch c {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt32(c - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt32(c - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(c - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    /// A passphrase without the line feed that a file or a pipe ends with.
    package static func withoutLineFeed(_ text: borrowing Secret) -> Secret? {
        text.withKeyBytes { all -> Secret? in
            var count = all.count
            while count > 0, all[count - 1] == 10 || all[count - 1] == 13 { count -= 1 }
            guard count > 0 else { return nil }
            return Secret(all.extracting(0..<count))
        }
    }

    /// Writes the bytes to a file descriptor, such as 1, whole.
    ///
    /// - Returns: whether that worked.
    package static func write(_ secret: borrowing Secret, to descriptor: Int32) -> Bool {
        secret.withPointer { pointer in
            var at = 0
            while at < secret.count {
                let count = Glibc.write(descriptor, pointer + at, secret.count - at)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                at += count
            }
            return true
        }
    }

    static func isSpace(_ c: UInt8) -> Bool { c == 32 || (9...13).contains(c) }

    private static func digit(_ c: UInt8) -> UInt8? {
        switch c {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): c - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): c - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): c - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
