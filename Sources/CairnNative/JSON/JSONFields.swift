import CSimdJSON

/// The fields of one event that routing reads, as ``JSONReader`` found them. Valid inside the closure it is shown to.
package struct JSONFields: ~Copyable {
    /// The fields there are. Nested ones are named by their path.
    package enum Name: UInt32, CaseIterable, Sendable {
        case eventVersion, eventTime, eventSource, eventName, awsRegion, eventID, eventType, eventCategory
        case recipientAccountId, managementEvent, readOnly, errorCode, vpcEndpointId, sessionCredentialFromConsole
        case userIdentity, resources, additionalEventData, tlsDetails
        case userIdentityAccountId, userIdentityARN, endpointType, clientProvidedHostHeader
    }

    private let event: UnsafePointer<cairn_json_event>

    init(event: UnsafePointer<cairn_json_event>) { self.event = event }

    /// The value of a field; ``JSONValue/Kind/absent`` if the event has none.
    package subscript(_ name: Name) -> JSONValue {
        // The fields are the first member: an array in C, a tuple in Swift, which would be copied whole.
        let fields = UnsafeRawPointer(event).assumingMemoryBound(to: cairn_json_value.self)
        return JSONValue(fields[Int(name.rawValue)])
    }

    /// How many members the root object has.
    package var memberCount: Int { event.pointee.member_count }
    /// How many entries `resources` has.
    package var resourceCount: Int { event.pointee.resource_count }
    /// `type` and `ARN` of the entry of `resources` at `index`.
    package func resource(_ index: Int) -> (type: JSONValue, arn: JSONValue) {
        precondition(index < event.pointee.resource_count)
        let resource = event.pointee.resources[index]
        return (JSONValue(resource.type), JSONValue(resource.arn))
    }
}
