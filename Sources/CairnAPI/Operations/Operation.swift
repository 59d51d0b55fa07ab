import CairnFormat

/// One operation of the API: what it is called, what it asks of its request, what it does.
///
/// The table of them (``all``) is all that the rest goes by: to add an operation is to add a value.
package struct Operation: Sendable {
    typealias Act =
        @Sendable (_ service: CloudTrailService, _ call: APICall, _ request: Request) async throws(APIError) ->
        StrictJSON

    package let name: String
    package let service: APIService
    package let access: Access
    package let members: [Member]
    /// Does what is asked; the answer is an object. Nil: cairn does not do it yet.
    let act: Act?

    init(
        _ name: String, _ access: Access, _ members: [Member], of service: APIService = .cloudTrail, act: Act? = nil
    ) {
        (self.name, self.service, self.access, self.members, self.act) = (name, service, access, members, act)
    }

    /// Whether it is about one trail, which a principal may be bound to.
    var isOfTrails: Bool {
        Self.trails.contains { $0.name == name } || Self.selectors.contains { $0.name == name }
            || Self.insights.contains { $0.name == name } || Self.tags.contains { $0.name == name }
    }

    /// All operations of CloudTrail's API.
    package static let all: [Operation] =
        trails + selectors + tags + keys + history + organizations + channels + policies + eventConfiguration
        + insights + stores + queries + dashboards + imports

    /// The one operation of `cloudtrail-data`, whose parameters stand in its URL (reference 0.2).
    package static let putAuditEvents = Operation(
        "PutAuditEvents", .write,
        [
            .required("channelArn", .anyText, code: "InvalidChannelARN"),
            .optional("externalId", .text(.sized(2...1_224, .externalID))),
            .required(
                "auditEvents",
                .list(
                    .structure([
                        .required("id", .text(.sized(1...128, .auditEventID))), .required("eventData", .anyText),
                        .optional("eventDataChecksum", .anyText),
                    ]), count: .between(1...100))),
        ], of: .data
    ) { (service, call, request) throws(APIError) in try await service.putAuditEvents(call, request) }

    private static let byName = Dictionary(
        grouping: all + organizationsService + [putAuditEvents], by: \.service
    ).mapValues { operations in Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0) }) }

    /// The operation of a name; nil when there is none.
    package static func named(_ name: String, of service: APIService) -> Operation? { byName[service]?[name] }
}
