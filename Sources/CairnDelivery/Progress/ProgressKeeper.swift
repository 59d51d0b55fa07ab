package import CairnCatalog
package import CairnFormat
import CairnLog
import CairnTopics
import Synchronization

/// Gathers how the trails of one partition get on, and writes it down now and then: after a crash the last seconds are missing.
package final class ProgressKeeper: Sendable {
    private struct State {
        var trails: [TrailProgress.Key: TrailProgress] = [:]
        /// What keeps each account's digests.
        var digestFailures: [TrailProgress.Key: [AccountID: DestinationFailure]] = [:]
        // Also that nothing has failed yet is news after a start.
        var isNews = true
    }

    private let partition: Int
    private let catalog: Catalog
    private let state = Mutex(State())

    package init(partition: Int, catalog: Catalog) { (self.partition, self.catalog) = (partition, catalog) }

    func delivered(_ lane: Lane, at milliseconds: Int64) {
        note(lane) { $0.deliveredAt = max($0.deliveredAt ?? 0, milliseconds) }
    }

    func announced(_ lane: Lane, at milliseconds: Int64) {
        note(lane) { $0.announcedAt = max($0.announcedAt ?? 0, milliseconds) }
    }

    private func note(_ lane: Lane, _ change: (inout TrailProgress) -> Void) {
        let key = TrailProgress.Key(trail: lane.trail, region: lane.region)
        state.withLock { state in
            change(&state.trails[key, default: TrailProgress(key)])
            state.isNews = true
        }
    }

    /// A digest was made, or could not be.
    package func digested(
        _ key: TrailProgress.Key, of account: AccountID, failure: String?, at milliseconds: Int64
    ) {
        state.withLock { state in
            let known = state.digestFailures[key]?[account]
            guard known?.reason != failure else { return }
            state.digestFailures[key, default: [:]][account] = failure.map {
                DestinationFailure(since: known?.since ?? milliseconds, reason: $0)
            }
            state.isNews = true
        }
    }

    /// Writes down what is new.
    ///
    /// - Parameter trails: those there are; of others nothing is kept. Nil: not known.
    package func save(trails: Set<UniqueID>?) async throws(CatalogError) {
        let news = state.withLock { state -> State? in
            guard state.isNews else { return nil }
            if let trails {
                state.trails = state.trails.filter { trails.contains($0.key.trail) }
                state.digestFailures = state.digestFailures.filter { trails.contains($0.key.trail) }
            }
            state.isNews = false
            return state
        }
        guard let news else { return }
        do throws(CatalogError) {
            _ = try await catalog.update(TrailProgress.documentKey(partition), initial: TrailProgress.Document()) {
                (document) throws(CatalogError) in
                var all: [TrailProgress.Key: TrailProgress] = [:]
                for var one in document.trails where trails?.contains(one.key.trail) ?? true {
                    // Only whoever makes the digests now knows what keeps them.
                    one.digestFailure = nil
                    all[one.key] = one
                }
                for (key, one) in news.trails { all[key, default: TrailProgress(key)].merge(one) }
                for (key, failures) in news.digestFailures {
                    guard let longest = failures.values.min(by: { $0.since < $1.since }) else { continue }
                    all[key, default: TrailProgress(key)].digestFailure = longest
                }
                document.trails = all.values.sorted { $0.key < $1.key }
            }.get()
        } catch {
            state.withLock { $0.isNews = true }
            throw error
        }
    }
}
