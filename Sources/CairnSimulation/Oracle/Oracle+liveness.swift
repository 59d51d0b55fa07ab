import CairnDelivery
import CairnDigests
import CairnKeys
import CairnServer
import CairnSystem
import CairnTestKit
import CairnTopics

/// When faults have stopped, everything comes to an end.
extension Oracle {
    /// Waits until everything that came in is delivered, announced and digested: it must be so within a stated time.
    ///
    func waitUntilDrained() async -> Drained {
        let until = world.time.uptime + Simulation.drainLimit
        var last: String? = "nothing was looked at"
        var drained = Drained()
        // What was cut last is digested only when its interval has ended.
        var digests: Int64?
        while world.time.uptime < until {
            // What cannot be read now may be once the node has started again.
            do {
                let keys = try await keyring.logKeys()
                drained.newest = try await HeadDocuments(console.catalog).list().compactMap(\.previous).map(
                    DigestObject.init)
                last = await console.backlog(keys)
                if last == nil {
                    if digests == nil {
                        drained.files = Set(try await opener.list().map { "\($0)" })
                        digests = try await console.nextDigests()
                    }
                    last =
                        world.time.now.seconds < (digests ?? 0) + 2
                        ? "the next digests are not due" : await console.lateDigest()
                }
                // The last digest of a trail that was stopped may be tried again after a pause.
                if last == nil { last = try await untimelyChain() }
                if last == nil { last = try await unforwarded(keys) }
                if last == nil { last = try await unsent(keys) }
                if last == nil { last = await undrained() }
            } catch { last = "\(error)" }
            if last == nil { break }
            await world.pause(.seconds(1))
        }
        if let last { world.violated("liveness: \(Simulation.drainLimit) after faults stopped: \(last)") }
        world.note("drained")
        return drained
    }

    /// What was not passed on yet; nil: nothing.
    private func unforwarded(_ keys: LogKeys) async throws -> String? {
        let overview = try await SubscriptionOverview.read(
            console.subscriptions(keys), partitionCount: world.plan.partitionCount)
        let behind = overview.reduce(0) { $0 + $1.behind }
        return behind == 0 ? nil : "\(behind) notices are not passed on"
    }

    /// What was not sent on yet, of single events; nil: nothing.
    private func unsent(_ keys: LogKeys) async throws -> String? {
        for partition in 0..<world.plan.partitionCount {
            let end = try await PartitionState.read(
                partition, catalog: console.catalog, directory: console.directory, seams: console.seams, keys: keys
            ).end
            for feed in try await FeedPlace.list(partition, in: console.catalog) where feed.next < end {
                return "\(feed.destination) had partition \(partition) up to \(feed.next) of \(end)"
            }
        }
        return nil
    }

    /// Why the queue cannot be emptied now: a command that power failed under is given again.
    private func undrained() async -> String? {
        do {
            try await consumer.drain(keyring)
            return nil
        } catch { return "\(error)" }
    }
}
