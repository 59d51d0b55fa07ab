package import CairnCatalog
package import CairnFormat
package import CairnKeys
package import CairnSystem

/// Cuts that are decided and not yet committed, over all partitions.
package struct OpenCuts: Sendable {
    private let catalog: Catalog
    private let partitionCount: Int
    private let time: any TimeSource

    package init(catalog: Catalog, partitionCount: Int, time: any TimeSource) {
        (self.catalog, self.partitionCount, self.time) = (catalog, partitionCount, time)
    }

    /// How much later than a period a cut may say it is, and have sealed a file under the period's key: clocks differ, and a
    /// cursor's never goes back.
    private static let slack = Duration.seconds(3_600)
    private static let interval = Duration.milliseconds(200)

    /// One lane's part of a cut.
    private struct Part: Hashable {
        var partition: Int
        var lane: Lane
        var until: UInt64
        var at: Int64
        var failure: String?
    }

    /// Waits until every file that may lie in a bucket under a key of a period, and is not in the list of deliveries yet, has got
    /// there. After that, no two workers differ about which bytes a file has, and its key can go.
    ///
    /// - Parameters:
    ///   - period: as the keyring names it, such as `2026-10`; it is over.
    ///   - patience: how long cuts are waited for.
    /// - Throws: ``KeyError/refused(_:)`` when one is still open then, which names it.
    package func settle(
        trail: UniqueID, account: AccountID, period: String, patience: Duration
    ) async throws(KeyError) {
        let deadline = time.uptime + patience
        let isMeant = { (part: Part) in
            let time = Timestamp(milliseconds: part.at) + (.zero - Self.slack)
            return (part.lane.trail, part.lane.account) == (trail, account)
                && String(time.iso8601.prefix(period.utf8.count)) <= period
        }
        var waiting = try await parts().filter(isMeant)
        while let first = waiting.first {
            guard time.uptime < deadline else {
                let why = first.failure.map { ": \($0)" } ?? ""
                throw .refused(
                    "a file of period \(period) is still being delivered, lane \(first.lane) of partition \(first.partition), "
                        + "cut at \(Timestamp(milliseconds: first.at).iso8601)\(why); nothing was destroyed: let a worker finish it "
                        + "(see 'cairn status'), or give it up with 'cairn trails abandon', and try again")
            }
            do { try await time.sleep(for: Self.interval) } catch { throw .unavailable("cancelled") }
            let open = try await parts()
            waiting.removeAll { part in
                !open.contains { ($0.partition, $0.lane, $0.until) == (part.partition, part.lane, part.until) }
            }
        }
    }

    private func parts() async throws(KeyError) -> [Part] {
        var parts: [Part] = []
        for partition in 0..<partitionCount {
            let cursor: Cursor
            do { cursor = try await CursorDocument(catalog: catalog, partition: partition).read() } catch {
                throw .unavailable("the cursor of partition \(partition) cannot be read: \(error)")
            }
            let shared = cursor.intent.map { ($0, nil as String?) }
            for (intent, failure) in [shared].compactMap({ $0 })
                + cursor.apart.compactMap({ lane in
                    lane.intent.map { ($0, lane.failure) }
                })
            {
                for entry in intent.entries where entry.encryption != nil {
                    parts.append(
                        Part(
                            partition: partition, lane: entry.lane, until: intent.until, at: intent.at, failure: failure
                        ))
                }
            }
        }
        return parts
    }
}
