import CairnFormat

/// What the bytes of an object are, for those who read it.
enum ContentHeaders {
    /// Those of a gzip file are what AWS CloudTrail's have (reference 1.1); what cairn has encrypted is opaque to others.
    static func headers(of bytes: [UInt8], _ key: ObjectKey) -> [(name: String, value: String)] {
        guard key.text.hasSuffix(".json.gz") else { return [] }
        guard bytes.starts(with: [0x1F, 0x8B]) else { return [("content-type", "application/octet-stream")] }
        return [("content-encoding", "gzip"), ("content-type", "application/json")]
    }
}
