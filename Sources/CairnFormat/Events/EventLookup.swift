package import CairnNative

/// What LookupEvents tells of an event, and finds it by (reference 9.3, 9.4).
package struct EventLookup: Sendable, Equatable {
    package struct Resource: Sendable, Hashable {
        package let type: String?
        /// Name, id or ARN, as the event has it.
        package let name: String
    }

    package let eventID: String?
    package let eventName: String?
    package let eventSource: String?
    /// `true` or `false`.
    package let readOnly: String?
    package let username: String?
    package let accessKeyID: String?
    /// Those that the event lists, then those that its request names; each once.
    package let resources: [Resource]

    package init(_ fields: borrowing LookupReader.Fields) {
        eventID = fields[.eventID].string
        eventName = fields[.eventName].string
        eventSource = fields[.eventSource].string
        let said = fields[.readOnly].bool.map { $0 ? "true" : "false" } ?? fields[.readOnly].string?.lowercased()
        readOnly = said == "true" || said == "false" ? said : nil
        username = Self.username(fields)
        accessKeyID = fields[.accessKeyID].string.flatMap { $0.isEmpty ? nil : $0 }
        var resources: [Resource] = []
        for i in 0..<fields.resourceCount {
            let (type, name) = fields.resource(i)
            let resource = Resource(type: type.string, name: name.string ?? "")
            if !resource.name.isEmpty, !resources.contains(resource) { resources.append(resource) }
        }
        self.resources = resources
    }

    /// A user's name; of a role's session the session's, which stands behind the colon of its principal; of root `root`.
    private static func username(_ fields: borrowing LookupReader.Fields) -> String? {
        if let name = fields[.userName].string, !name.isEmpty { return name }
        switch fields[.identityType].string {
        case "Root": return "root"
        case "AssumedRole", "FederatedUser":
            let parts = (fields[.principalID].string ?? "").split(separator: ":", maxSplits: 1)
            return parts.count == 2 ? String(parts[1]) : nil
        default: return nil
        }
    }

    /// All that it is found by; values may be there twice.
    package var attributes: [(attribute: LookupAttribute, value: String)] {
        let single: [(LookupAttribute, String?)] = [
            (.eventID, eventID), (.eventName, eventName), (.eventSource, eventSource), (.readOnly, readOnly),
            (.username, username), (.accessKeyID, accessKeyID),
        ]
        var all = single.compactMap { attribute, value in value.map { (attribute: attribute, value: $0) } }
        for resource in resources {
            if let type = resource.type { all.append((.resourceType, type)) }
            all.append((.resourceName, resource.name))
        }
        return all
    }
}
