package import CairnFormat

/// Says which trails take an event: one revision of the catalog, compiled (design, section 4).
///
/// A trail takes events of its own account, an organization's those of all its accounts; while it logs; single-Region trails those of their home Region,
/// multi-Region trails those of every Region of the deployment in their partition; events of global services by
/// ``Trail/takesGlobalServiceEvents``; and of all these the ones that its selectors take (reference 6.3 to 6.5, 7.5).
package final class TrailMatcher: Sendable {
    package let revision: UInt64
    /// Sorted by id; matches are indices of this list.
    package let trails: [Trail]

    private let snapshot: MatcherSnapshot
    private let views: [AccountID: [Region: MatcherView]]

    package init(_ snapshot: MatcherSnapshot) {
        let trails = snapshot.trails.sorted { $0.id < $1.id }
        var snapshot = snapshot
        snapshot.regions = Set(snapshot.regions).sorted()
        let rules = trails.map(\.selectors.dataRules)
        var views: [AccountID: [Region: MatcherView]] = [:]
        var own: [AccountID: [Int]] = [:]
        for i in trails.indices where trails[i].isLogging {
            for account in trails[i].accounts(of: snapshot.organization) { own[account, default: []].append(i) }
        }
        // Most Regions of an account have the same trails, the multi-Region ones, and so do accounts of an organization: they
        // share a view.
        var shared: [[Int]: MatcherView] = [:]
        for (account, own) in own {
            var candidates: [Region: [Int]] = [:]
            for i in own {
                for region in snapshot.regions(of: trails[i], for: account) {
                    candidates[region, default: []].append(i)
                }
            }
            views[account] = candidates.mapValues { indices in
                if let view = shared[indices] { return view }
                let view = MatcherView(candidates: indices, trails: trails, rules: rules)
                shared[indices] = view
                return view
            }
        }
        revision = snapshot.revision
        self.trails = trails
        self.snapshot = snapshot
        self.views = views
    }

    /// The trail of an id; nil when there is none.
    package func trail(_ id: UniqueID) -> Trail? {
        var range = trails.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if trails[middle].id == id { return trails[middle] }
            range = trails[middle].id < id ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }

    /// What an account's events in a Region meet. The same for all events of a batch.
    package func view(account: AccountID, region: Region) -> MatcherView { views[account]?[region] ?? .empty }

    /// Appends the indices of the trails that take the event, ascending; see ``MatcherView/match(_:facts:into:)``.
    package func match(
        account: AccountID,
        region: Region,
        outline: EventOutline,
        facts: () -> EventFacts?,
        into found: inout [Int]
    ) {
        view(account: account, region: region).match(outline, facts: facts, into: &found)
    }

    /// The lanes that the trail at an index of ``trails`` has digests for, sorted; none while it doesn't log, or doesn't
    /// validate log files.
    package func lanes(of trailIndex: Int) -> [Lane] {
        let trail = trails[trailIndex]
        guard trail.isLogging, trail.validatesLogFiles else { return [] }
        let folders = trail.selectors.folders
        return trail.accounts(of: snapshot.organization).flatMap { account in
            snapshot.regions(of: trail, for: account).flatMap { region in
                folders.map { Lane(trail: trail.id, account: account, region: region, folder: $0) }
            }
        }
    }

    /// Which lanes' digests begin and end when `new` takes over from `old`, each sorted; nil for nothing before.
    package static func changes(
        from old: TrailMatcher?,
        to new: TrailMatcher
    ) -> (started: [Lane], stopped: [Lane]) {
        let before = old?.covered ?? []
        let after = new.covered
        return (
            after.subtracting(before).map(\.lane).sorted(), before.subtracting(after).map(\.lane).sorted()
        )
    }

    /// A lane with digests, and the organization in whose folders they lie: in others they are other digests.
    private struct Covered: Hashable {
        let lane: Lane
        let organization: OrganizationID?
    }

    /// All lanes of all trails.
    private var covered: Set<Covered> {
        var all: Set<Covered> = []
        for i in trails.indices {
            for lane in lanes(of: i) { all.insert(Covered(lane: lane, organization: trails[i].organization)) }
        }
        return all
    }
}
