import CairnCatalog
import CairnFormat
import CairnTrails

/// The trails as one caller sees them from one Region (reference 6.3, 6.7, 6.8): those of its account, and those of the
/// organization that it is in.
struct TrailView: Sendable {
    let routing: MatcherSnapshot
    let call: APICall

    init(_ routing: MatcherSnapshot, _ call: APICall) { (self.routing, self.call) = (routing, call) }

    /// Indices of the trails that the caller sees, by ARN.
    var seen: [Int] {
        routing.trails.indices.filter { sees(routing.trails[$0]) }.sorted {
            routing.trails[$0].arn < routing.trails[$1].arn
        }
    }

    private func sees(_ trail: Trail) -> Bool {
        guard call.principal.mayUse(trail: trail.name.text) else { return false }
        return trail.account == call.account || isOfOrganization(trail)
    }

    /// Whether it is a trail of the organization that the caller's account is in.
    private func isOfOrganization(_ trail: Trail) -> Bool {
        guard let organization = routing.organization, organization.id == trail.organization else { return false }
        return organization.accounts.contains(call.account)
    }

    /// Whether a trail is in the Region that is asked: at home, or as a shadow.
    func isHere(_ trail: Trail) -> Bool { routing.has(trail, in: call.region) }

    /// The index of the trail that is meant; nil when there is none that the caller sees.
    ///
    /// By name only trails of the own account are found, in Regions that they are in: others are asked for by ARN.
    func find(_ reference: TrailReference) -> Int? {
        routing.trails.firstIndex { trail in
            switch reference {
            case .name(let name): trail.name == name && trail.account == call.account && isHere(trail) && sees(trail)
            case .arn(let region, let account, let name):
                trail.name == name && trail.account == account && trail.homeRegion == region && sees(trail)
            }
        }
    }

    /// ``find(_:)`` for many references, however many trails there are.
    var finder: (TrailReference) -> Int? {
        var byARN: [String: Int] = [:]
        var byName: [TrailName: Int] = [:]
        for (i, trail) in routing.trails.enumerated() where sees(trail) {
            byARN[trail.arn] = i
            if trail.account == call.account, isHere(trail) { byName[trail.name] = i }
        }
        return { reference in
            switch reference {
            case .name(let name): byName[name]
            case .arn(let region, let account, let name):
                byARN["arn:\(region.partition):cloudtrail:\(region):\(account):trail/\(name)"]
            }
        }
    }

    /// The same, for an operation that needs the trail.
    ///
    /// - Parameter text: as it was asked for.
    func require(_ text: String) throws(APIError) -> Int {
        guard let index = find(try TrailReference(text)) else {
            throw APIError(400, "TrailNotFoundException", "Unknown trail: \(text) for the user: \(call.account)")
        }
        return index
    }

    /// The same, for an operation that changes the trail: at home, by its account or by whoever administers the organization.
    ///
    /// - Parameter operation: what is asked, for the error.
    func requireOwn(_ text: String, _ operation: String) throws(APIError) -> Int {
        let index = try require(text)
        let trail = routing.trails[index]
        let isAdministered = isOfOrganization(trail) && routing.organization?.isAdministered(by: call.account) == true
        guard trail.account == call.account || isAdministered else {
            throw .denied(call, operation, resource: trail.arn)
        }
        guard trail.homeRegion == call.region else {
            throw APIError(
                400, "InvalidHomeRegionException",
                "Trail \(trail.arn) is changed in its home Region \(trail.homeRegion) alone; the request was for \(call.region)"
            )
        }
        return index
    }
}
