/// What LookupEvents finds events by, as it names it (reference 9.2).
package enum LookupAttribute: String, Sendable, CaseIterable {
    case eventID = "EventId"
    case eventName = "EventName"
    case readOnly = "ReadOnly"
    case username = "Username"
    case resourceType = "ResourceType"
    case resourceName = "ResourceName"
    case eventSource = "EventSource"
    case accessKeyID = "AccessKeyId"
}
