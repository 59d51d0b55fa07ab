import CairnFormat

/// A way in for events from outside (reference 10.8). In cairn they go to the log, as all events do, and from there to trails.
package struct Channel: Sendable, Equatable, Codable {
    struct Destination: Sendable, Equatable, Codable {
        let type: String
        let location: String
    }

    let id: UniqueID
    let account: AccountID
    let region: Region
    var name: String
    let source: String
    var destinations: [Destination]
    /// Nil: it was made by nobody; each account has one in each Region.
    var createdAt: Int64?

    var arn: String { "arn:\(region.partition):cloudtrail:\(region):\(account):channel/\(id)" }

    /// What may send to channels; one channel each.
    package static let sources: Set = [
        "Custom", "CloudStorageSecurityConsole", "Clumio", "CrowdStrike", "CyberArk", "GitHub", "IBMMulticloud",
        "KongGatewayEnterprise", "LaunchDarkly", "MontyCloud", "NetskopeCloudExchange", "OktaSystemLogEvents",
        "OneLogin", "Shoreline", "Snyk", "WizAuditLogs",
    ]

    /// The one place where a channel's events can go until there are event data stores.
    static func log(_ account: AccountID, _ region: Region) -> Destination {
        Destination(
            type: "EVENT_DATA_STORE",
            location: "arn:\(region.partition):cloudtrail:\(region):\(account):eventdatastore/log")
    }

    var isDefault: Bool { createdAt == nil }

    var destinationsAnswer: StrictJSON {
        .array(destinations.map { .object([("Type", .string($0.type)), ("Location", .string($0.location))]) })
    }
}
