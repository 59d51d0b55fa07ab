/// The name of a managed key: `arn:<partition>:kms:<region>:<account>:key/<id>`, as in KMS.
///
/// cairn's own keys have a UUID for an id; another KMS's may be `mrk-…` or anything KMS allows.
package struct KeyARN: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let partition: String
    package let region: Region
    package let account: AccountID
    /// What follows `key/`.
    package let id: String

    package init(region: Region, account: AccountID, id: UniqueID) {
        (partition, self.region, self.account, self.id) = (region.partition, region, account, id.text)
    }

    package init(_ text: String) throws(FormatError) {
        let arn = try ARN(text)
        let wrong = FormatError(meant: "a key's ARN", expected: "arn:aws:kms:<region>:<account>:key/<id>", found: text)
        guard arn.service == "kms", arn.resource.hasPrefix("key/") else { throw wrong }
        id = String(arn.resource.dropFirst(4))
        let isPlain = id.utf8.allSatisfy { c in
            (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c) || c == 0x2D
        }
        guard (1...128).contains(id.utf8.count), isPlain else { throw wrong }
        partition = arn.partition
        region = try Region(arn.region)
        account = try AccountID(arn.account)
    }

    package var description: String { "arn:\(partition):kms:\(region):\(account):key/\(id)" }

    package static func < (a: KeyARN, b: KeyARN) -> Bool { a.description < b.description }

    package init(from decoder: any Decoder) throws {
        self = try KeyARN(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
