/// A Region's name, such as `us-east-2`: lowercase words joined by hyphens, ending in a number.
///
/// A well-formed name; which Regions a deployment has is its catalog's closed list.
package struct Region: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package let name: String

    package init(_ name: String) throws(FormatError) {
        guard Self.isWellFormed(name) else {
            throw FormatError(meant: "a Region", expected: "a name such as us-east-1", found: name)
        }
        self.name = name
    }

    private init(known name: String) { self.name = name }

    private static func isWellFormed(_ name: String) -> Bool {
        // Words of letters, then one of one or two digits. One pass: every batch that is read has a Region.
        var (wordCount, letters, digits, length) = (0, 0, 0, 0)
        for c in name.utf8 {
            length += 1
            switch c {
            case UInt8(ascii: "a")...UInt8(ascii: "z"):
                guard digits == 0 else { return false }
                letters += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                guard letters == 0 else { return false }
                digits += 1
            case UInt8(ascii: "-"):
                guard letters > 0 else { return false }
                wordCount += 1
                letters = 0
            default: return false
            }
        }
        return length <= 32 && wordCount >= 2 && (1...2).contains(digits)
    }

    package var description: String { name }

    package static func < (a: Region, b: Region) -> Bool { a.name < b.name }

    package init(from decoder: any Decoder) throws {
        self = try Region(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }

    /// The partition that the Region belongs to, as ARNs name it.
    package var partition: String {
        if name.hasPrefix("cn-") { return "aws-cn" }
        if name.hasPrefix("us-gov-") { return "aws-us-gov" }
        return "aws"
    }

    /// The Region of the partition in which global service events are recorded (reference 6.5).
    package var leader: Region {
        switch partition {
        case "aws-cn": Region(known: "cn-north-1")
        case "aws-us-gov": Region(known: "us-gov-west-1")
        default: .usEast1
        }
    }

    package static let usEast1 = Region(known: "us-east-1")

    /// The Regions a new deployment has: those of the `aws` partition.
    package static let standard: [Region] = [
        "af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1",
        "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5",
        "ap-southeast-7", "ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1",
        "eu-south-2", "eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1",
        "mx-central-1",
        "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
    ].map(Region.init(known:))
}
