import CairnFormat

/// One operation of the API: what it is called, what it asks of its request, what it does.
///
/// The table of them (``all``) is all that the rest goes by: to add an operation is to add a value.
package struct Operation: Sendable {
    typealias Act =
        @Sendable (_ service: CloudTrailService, _ call: APICall, _ request: Request) async throws(APIError) ->
        StrictJSON

    package let name: String
    package let access: Access
    package let members: [Member]
    /// Does what is asked; the answer is an object. Nil: cairn does not do it yet.
    let act: Act?

    init(_ name: String, _ access: Access, _ members: [Member], act: Act? = nil) {
        (self.name, self.access, self.members, self.act) = (name, access, members, act)
    }

    /// All operations of CloudTrail's API.
    package static let all: [Operation] =
        trails + selectors + tags + keys + history + organizations + channels + policies + eventConfiguration
        + insights + stores + queries + dashboards + imports

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// The operation of a name; nil when there is none.
    package static func named(_ name: String) -> Operation? { byName[name] }
}
