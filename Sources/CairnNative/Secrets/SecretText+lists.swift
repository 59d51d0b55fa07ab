extension SecretText {
    /// The keys of a list such as `[{"name":"…","key":"64 hex digits"},…]`, by their names; nil when it is no such list. The
    /// text is ASCII without escapes.
    package static func namedKeys(_ json: borrowing Secret, limit: Int) -> [String: KeyMaterial]? {
        let (nameMark, keyMark) = (Array("\"name\":\"".utf8), Array("\"key\":\"".utf8))
        return json.withKeyBytes { all -> [String: KeyMaterial]? in
            var keys: [String: KeyMaterial] = [:]
            var at = 0
            while let name = find(nameMark, all, at) {
                guard let nameEnd = end(all, name), let key = find(keyMark, all, nameEnd), let keyEnd = end(all, key),
                    keyEnd - key == 64, keys.count < limit,
                    let secret = fromHex(Secret(all.extracting(key..<keyEnd)))
                else { return nil }
                // Names are no secret.
                let text = String(decoding: (name..<nameEnd).map { all[$0] }, as: UTF8.self)
                keys[text] = KeyMaterial(secret)
                at = keyEnd
            }
            return keys
        }
    }

    /// The DER in a PEM text: what stands in base64 between the first two marks.
    package static func pem(_ text: borrowing Secret) -> Secret? {
        text.withKeyBytes { all -> Secret? in
            guard let begin = find(Array("-----BEGIN ".utf8), all, 0), let body = find(Array("-----".utf8), all, begin),
                let last = find(Array("-----END ".utf8), all, body)
            else { return nil }
            let stop = last - "-----END ".utf8.count
            var count = 0
            for i in body..<stop where sextet(all[i]) != nil { count += 1 }
            guard count > 0 else { return nil }
            return Secret(count: count * 3 / 4) { (bytes: inout MutableSpan<UInt8>) in
                var (bits, filled, place): (UInt32, Int, Int) = (0, 0, 0)
                for i in body..<stop {
                    guard let value = sextet(all[i]) else { continue }
                    bits = bits << 6 | value
                    filled += 6
                    if filled >= 8 {
                        filled -= 8
                        if place < bytes.count { bytes[place] = UInt8(truncatingIfNeeded: bits >> UInt32(filled)) }
                        place += 1
                    }
                }
            }
        }
    }

    /// Where a mark ends, at or behind a place.
    static func find(_ mark: [UInt8], _ all: borrowing Span<UInt8>, _ from: Int) -> Int? {
        var at = from
        search: while at + mark.count <= all.count {
            for i in mark.indices where all[at + i] != mark[i] {
                at += 1
                continue search
            }
            return at + mark.count
        }
        return nil
    }

    /// Where a text ends that begins at a place.
    static func end(_ all: borrowing Span<UInt8>, _ from: Int) -> Int? {
        var at = from
        while at < all.count {
            if all[at] == UInt8(ascii: "\"") { return at }
            at += 1
        }
        return nil
    }
}
