import CairnNative

/// Writes a digest's JSON: members in the order in which they are given, no white space.
struct DigestText {
    private(set) var bytes: [UInt8] = []
    private var isFirst = true

    mutating func object(_ body: (inout DigestText) -> Void) {
        bytes.append(UInt8(ascii: "{"))
        isFirst = true
        body(&self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = false
    }

    mutating func object(_ name: String, _ body: (inout DigestText) -> Void) {
        begin(name)
        object(body)
    }

    mutating func objects<Element>(
        _ name: String, _ elements: [Element], _ body: (inout DigestText, Element) -> Void
    ) {
        list(name, elements) { text, element in text.object { body(&$0, element) } }
    }

    mutating func strings(_ name: String, _ values: [String]) {
        list(name, values) { text, value in text.append(JSONText.quoted(value)) }
    }

    /// Nil is written as `null`.
    mutating func field(_ name: String, _ value: String?) {
        begin(name)
        append(value.map(JSONText.quoted) ?? "null")
    }

    mutating func field(_ name: String, _ value: Int) {
        begin(name)
        append(String(value))
    }

    /// A log file, with what cairn adds.
    ///
    /// - Parameter trail: the digest's own.
    mutating func entry(_ entry: DigestBody.Entry, of trail: UniqueID) {
        let (record, file) = (entry.record, entry.file)
        field("s3Bucket", file.bucket.text)
        field("s3Object", file.key.text)
        field("hashValue", file.contentHash.hex)
        field("hashAlgorithm", "SHA-256")
        field("newestEventTime", file.newest.iso8601)
        field("oldestEventTime", file.oldest.iso8601)
        object("cairn") {
            $0.field("storedByteCount", file.storedByteCount)
            $0.field("storedSha256", file.storedHash.hex)
            $0.field("contentByteCount", file.contentByteCount)
            $0.field("records", file.recordCount)
            // A backfill digest does not know the range.
            if record.until > record.from {
                if record.lane.trail != trail { $0.field("trail", record.lane.trail.text) }
                $0.range(record.epoch, record.from, record.until)
            }
            if let version = file.keyVersion { $0.field("keyVersion", version) }
            $0.object("principals") {
                for (name, count) in file.principals.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
                {
                    $0.field(name, count)
                }
            }
        }
    }

    mutating func range(_ epoch: UInt64, _ from: UInt64, _ until: UInt64) {
        field("epoch", Int(epoch))
        field("from", Int(from))
        field("until", Int(until))
    }

    /// Names a digest; its signature says nothing more where its hash is signed already.
    mutating func digest(_ digest: DigestBody.Previous, isSigned: Bool) {
        field("s3Bucket", digest.bucket.text)
        field("s3Object", digest.key.text)
        field("digestEndTime", digest.end.iso8601)
        field("hashValue", digest.hash.hex)
        if isSigned { field("signature", digest.signature) }
    }

    private mutating func list<Element>(
        _ name: String, _ elements: [Element], _ body: (inout DigestText, Element) -> Void
    ) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (i, element) in elements.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: ",")) }
            body(&self, element)
        }
        bytes.append(UInt8(ascii: "]"))
        isFirst = false
    }

    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        append(JSONText.quoted(name))
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
}
