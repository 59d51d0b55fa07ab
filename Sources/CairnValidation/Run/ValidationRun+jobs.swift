import CairnFormat
import CairnNative

/// Which digests are looked at.
extension ValidationRun {
    /// The digests to look at, in the order in which they are judged: by area, by lane, newest first.
    mutating func jobs() -> [Job] {
        var jobs: [Job] = []
        for area in Set(lanesOfArea.keys).union(inventory.folders.keys).sorted() {
            for i in lanesOfArea[area] ?? [] {
                let lane = lanes[i]
                let found = inventory.lanes[lane] ?? Inventory.Lane()
                for (references, isBackfill) in [(found.digests, false), (found.backfills, true)] {
                    var wanted = Self.within(references, scope)
                    if !isBackfill, let head = scope.state?.heads[lane], scope.recheck < 1 {
                        // Down to the head, which must still be there.
                        let known = wanted.filter { $0.end < head.end }
                        wanted = wanted.prefix { $0.end >= head.end }
                        let drawn = known.filter { Self.isDrawn($0, lane, scope) }
                        jobs += drawn.map { .again(i, $0) }
                        summary.notCheckedAgain += known.count - drawn.count
                        digestCount += drawn.count
                    }
                    jobs += wanted.map { .digest(i, $0, isBackfill: isBackfill) }
                    digestCount += wanted.count
                    let earlier = references.drop { reference in
                        // Newest first.
                        if let oldest = wanted.last { return reference.end >= oldest.end }
                        return scope.start.map { reference.end > $0 } ?? false
                    }
                    jobs += Self.before(wanted, earlier, isBackfill).map {
                        .before(i, $0, isBackfill: isBackfill, isAlone: wanted.isEmpty)
                    }
                    jobs.append(.endOfChain(i, isBackfill: isBackfill))
                }
            }
            jobs.append(.endOfArea(area))
        }
        return jobs
    }

    /// Those that the time asked for needs, newest first: with one behind its end, which confirms the last.
    private static func within(_ references: [Inventory.Reference], _ scope: Scope) -> ArraySlice<Inventory.Reference> {
        var wanted = references[...]
        if let start = scope.start { wanted = wanted.prefix { $0.end > start } }
        if let end = scope.end, let last = wanted.lastIndex(where: { $0.end >= end }) {
            wanted = wanted[max(wanted.startIndex, last - 1)...]
        }
        return wanted
    }

    /// Those just before what is looked at: they list files whose names lie within it by a few minutes. At least one of a chain.
    private static func before(
        _ wanted: ArraySlice<Inventory.Reference>, _ earlier: ArraySlice<Inventory.Reference>, _ isBackfill: Bool
    ) -> [Inventory.Reference] {
        guard let newest = earlier.first else { return [] }
        let bound = newest.end.seconds - AreaCoverage.lateness
        let near = earlier.prefix { $0.end.seconds > bound }
        return isBackfill ? Array(near) : Array(near.isEmpty ? earlier.prefix(1) : near)
    }

    /// Whether a digest that is known is drawn to be checked again: by chance, which the clock moves on.
    private static func isDrawn(_ reference: Inventory.Reference, _ lane: LaneName, _ scope: Scope) -> Bool {
        guard scope.recheck > 0 else { return false }
        let draw = SHA256.hash(Array("\(lane) \(reference.end) \(scope.now)".utf8)).word(0) >> 11
        return Double(draw) / Double(1 << 53) < scope.recheck
    }
}
