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
        let parts = name.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard name.utf8.count <= 32, parts.count >= 3, let last = parts.last, (1...2).contains(last.count),
            last.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") })
        else { return false }
        return parts.dropLast().allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0 >= UInt8(ascii: "a") && $0 <= UInt8(ascii: "z") }
        }
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
