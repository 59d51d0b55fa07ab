package import CairnNative

/// The fields of one event that only data and network activity selectors ask for (reference 7.6).
///
/// Management events are routed by their ``EventOutline`` alone; the others are read a second time, by an
/// ``EventFactsReader``. A field that is absent, null or of another type is nil. A JSON boolean counts as the text
/// `true` or `false`.
package struct EventFacts: Sendable, Equatable {
    /// One entry of `resources`.
    package struct Resource: Sendable, Equatable {
        /// Such as `AWS::S3::Object`.
        package var type: String?
        package var arn: String?

        package init(type: String?, arn: String?) { (self.type, self.arn) = (type, arn) }
    }

    package var eventSource: String?
    package var eventName: String?
    package var eventType: String?
    /// `userIdentity.arn`.
    package var userIdentityARN: String?
    package var errorCode: String?
    package var vpcEndpointId: String?
    package var sessionCredentialFromConsole: String?
    /// `true`, `false` or nil; the text `True`, seen in real records, counts as `true`.
    package var readOnly: String?
    package var resources: [Resource]

    package init(
        eventSource: String? = nil,
        eventName: String? = nil,
        eventType: String? = nil,
        userIdentityARN: String? = nil,
        errorCode: String? = nil,
        vpcEndpointId: String? = nil,
        sessionCredentialFromConsole: String? = nil,
        readOnly: String? = nil,
        resources: [Resource] = []
    ) {
        self.eventSource = eventSource
        self.eventName = eventName
        self.eventType = eventType
        self.userIdentityARN = userIdentityARN
        self.errorCode = errorCode
        self.vpcEndpointId = vpcEndpointId
        self.sessionCredentialFromConsole = sessionCredentialFromConsole
        self.readOnly = readOnly
        self.resources = resources
    }

    package init(_ fields: borrowing JSONFields) {
        func text(_ value: JSONValue) -> String? { value.bool.map { $0 ? "true" : "false" } ?? value.string }
        let readOnly = text(fields[.readOnly])?.lowercased()
        var resources: [Resource] = []
        resources.reserveCapacity(fields.resourceCount)
        for i in 0..<fields.resourceCount {
            let (type, arn) = fields.resource(i)
            resources.append(Resource(type: type.string, arn: arn.string))
        }
        self.init(
            eventSource: text(fields[.eventSource]),
            eventName: text(fields[.eventName]),
            eventType: text(fields[.eventType]),
            userIdentityARN: text(fields[.userIdentityARN]),
            errorCode: text(fields[.errorCode]),
            vpcEndpointId: text(fields[.vpcEndpointId]),
            sessionCredentialFromConsole: text(fields[.sessionCredentialFromConsole]),
            readOnly: readOnly == "true" || readOnly == "false" ? readOnly : nil,
            resources: resources
        )
    }
}
