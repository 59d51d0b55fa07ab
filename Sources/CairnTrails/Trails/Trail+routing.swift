package import CairnFormat

extension Trail {
    /// The trail as UpdateTrail's `IsMultiRegionTrail` makes it (reference 6.3).
    ///
    /// Single to multi-Region: global service events are included from now on. Multi to single-Region: they are not,
    /// unless the request says so; set ``includesGlobalServiceEvents`` afterwards and ``check()``. No change: the same.
    package func converted(toMultiRegion: Bool) -> Trail {
        guard toMultiRegion != isMultiRegion else { return self }
        var trail = self
        trail.isMultiRegion = toMultiRegion
        trail.includesGlobalServiceEvents = toMultiRegion
        return trail
    }

    /// The Regions whose events it takes while it logs (reference 6.3): its home, or all of its partition that the
    /// deployment has.
    package func regions(of deployment: [Region]) -> [Region] {
        isMultiRegion ? deployment.filter { $0.partition == homeRegion.partition } : [homeRegion]
    }

    /// The accounts whose events it takes while it logs (reference 6.7): its own, or all of the organization that it is of.
    package func accounts(of organization: Organization?) -> [AccountID] {
        guard let organization, organization.id == self.organization else { return [account] }
        return organization.accounts
    }

    /// Whether it takes events of services without Regions (reference 6.5): a single-Region trail does so only in the
    /// Region where they are recorded.
    package var takesGlobalServiceEvents: Bool {
        includesGlobalServiceEvents && (isMultiRegion || homeRegion == homeRegion.leader)
    }
}
