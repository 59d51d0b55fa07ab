/// Fields of what services and files say of credentials: some are secret, all are read where they stand.
extension SecretText {
    /// The characters of a JSON member that is a string, which is ASCII with no escapes but `\/`; nil when there is none.
    package static func jsonMember(_ name: String, of json: borrowing Secret) -> Secret? {
        json.withKeyBytes { all -> Secret? in
            guard var at = find(Array("\"\(name)\"".utf8), all, 0) else { return nil }
            while at < all.count, isSpace(all[at]) || all[at] == UInt8(ascii: ":") { at += 1 }
            guard at < all.count, all[at] == UInt8(ascii: "\"") else { return nil }
            let start = at + 1
            guard let end = end(all, start) else { return nil }
            var skipped = 0
            for i in start..<end where all[i] == UInt8(ascii: "\\") {
                guard i + 1 < end, all[i + 1] == UInt8(ascii: "/") else { return nil }
                skipped += 1
            }
            guard end - start > skipped else { return nil }
            return Secret(count: end - start - skipped) { (bytes: inout MutableSpan<UInt8>) in
                var place = 0
                for i in start..<end where all[i] != UInt8(ascii: "\\") {
                    bytes[place] = all[i]
                    place += 1
                }
            }
        }
    }

    /// The text of the first XML element of a name, which has no attributes, no children and no entities.
    package static func xmlElement(_ name: String, of xml: borrowing Secret) -> Secret? {
        xml.withKeyBytes { all -> Secret? in
            guard let start = find(Array("<\(name)>".utf8), all, 0) else { return nil }
            var end = start
            while end < all.count, all[end] != UInt8(ascii: "<") {
                guard all[end] != UInt8(ascii: "&") else { return nil }
                end += 1
            }
            guard end < all.count, end > start else { return nil }
            return Secret(all.extracting(start..<end))
        }
    }

    /// A value of a file in sections, `[section]` and `name = value` as the AWS tools have them; nil when there is none. The
    /// last one of a name counts.
    package static func iniValue(_ name: String, section: String, of text: borrowing Secret) -> Secret? {
        let (wantedName, wantedSection) = (Array(name.utf8), Array(section.utf8))
        return text.withKeyBytes { all -> Secret? in
            var found: Range<Int>?
            var isInside = false
            var at = 0
            while at < all.count {
                var end = at
                while end < all.count, all[end] != 10 { end += 1 }
                let line = trimmed(at..<end, all)
                let isIndented = line.lowerBound > at
                at = end + 1
                guard let first = line.first else { continue }
                if all[first] == UInt8(ascii: "[") {
                    guard let last = line.last, all[last] == UInt8(ascii: "]") else { continue }
                    isInside = isEqual(trimmed(first + 1..<last, all), wantedSection, all)
                    continue
                }
                // A line that begins with white space goes on with a nested setting of the one before.
                guard isInside, !isIndented, let equals = line.first(where: { all[$0] == UInt8(ascii: "=") }),
                    isEqual(trimmed(line.lowerBound..<equals, all), wantedName, all)
                else { continue }
                found = trimmed(equals + 1..<line.upperBound, all)
            }
            guard let found, !found.isEmpty else { return nil }
            return Secret(all.extracting(found))
        }
    }

    /// A field that is no secret, such as the id of an access key, as text.
    package static func openText(_ field: borrowing Secret) -> String {
        field.withKeyBytes { bytes in String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self) }
    }

    /// The same of a field that may be missing.
    package static func openText(_ field: consuming Secret?) -> String? {
        switch consume field {
        case .some(let field): openText(field)
        case nil: nil
        }
    }

    private static func trimmed(_ range: Range<Int>, _ all: borrowing Span<UInt8>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isSpace(all[start]) { start += 1 }
        while end > start, isSpace(all[end - 1]) { end -= 1 }
        return start..<end
    }

    private static func isEqual(_ range: Range<Int>, _ text: [UInt8], _ all: borrowing Span<UInt8>) -> Bool {
        guard range.count == text.count else { return false }
        for i in text.indices where all[range.lowerBound + i] != text[i] { return false }
        return true
    }
}
