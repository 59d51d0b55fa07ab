/// The event fields that advanced selectors can compare (reference 7.6).
package enum SelectorField: String, Sendable, Hashable, CaseIterable {
    case eventCategory
    case readOnly
    case eventSource
    case eventName
    case eventType
    case resourcesType = "resources.type"
    case resourcesARN = "resources.ARN"
    case sessionCredentialFromConsole
    case userIdentityARN = "userIdentity.arn"
    case errorCode
    case vpcEndpointId
}
