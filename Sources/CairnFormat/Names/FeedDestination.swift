/// Where a trail's events are sent one by one as they come in: a log group of CloudWatch Logs, or an event bus of EventBridge
/// (reference 4.6, 4.7).
package struct FeedDestination: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    package enum Service: String, Sendable {
        case logs
        case events
    }

    package let service: Service
    package let region: Region
    package let account: AccountID
    /// The group's or the bus's name.
    package let name: String
    /// Its ARN, as it was given.
    package let description: String

    package init(_ text: String) throws(FormatError) {
        let wanted = FormatError(
            meant: "a log group or an event bus",
            expected: "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:* or arn:aws:events:REGION:ACCOUNT:event-bus/NAME",
            found: text)
        let arn = try ARN(text)
        guard let service = Service(rawValue: arn.service) else { throw wanted }
        self.service = service
        region = try Region(arn.region)
        account = try AccountID(arn.account)
        description = text
        var name = arn.resource[...]
        let (begin, most) = service == .logs ? ("log-group:", 512) : ("event-bus/", 256)
        guard name.hasPrefix(begin) else { throw wanted }
        name = name.dropFirst(begin.count)
        if service == .logs, name.hasSuffix(":*") { name = name.dropLast(2) }
        guard (1...most).contains(name.utf8.count), name.utf8.allSatisfy({ Self.isNameByte($0, of: service) }) else {
            throw wanted
        }
        self.name = String(name)
    }

    private static func isNameByte(_ c: UInt8, of service: Service) -> Bool {
        switch c {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"),
            UInt8(ascii: "/"):
            true
        case UInt8(ascii: "#"): service == .logs
        default: false
        }
    }

    package static func < (a: FeedDestination, b: FeedDestination) -> Bool { a.description < b.description }

    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
