import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnKeys
import CairnLog
import CairnSystem
import CairnTopics

/// Values for the metrics that are looked up when somebody asks: how far delivery has come, and what is held.
struct StatusGauges: Sendable {
    let catalog: Catalog
    let directory: DataDirectory
    let seams: Seams
    let keys: LogKeys
    let budget: LogBudget?
    let deployment: Deployment
    let subscriptions: SubscriptionService

    func read() async -> [(name: String, value: Double)] {
        var oldest = 0.0
        var apart = 0
        var held = 0
        var unreadable = 0
        for partition in 0..<deployment.partitionCount {
            guard
                let state = try? await PartitionState.read(
                    partition, catalog: catalog, directory: directory, seams: seams, keys: keys)
            else {
                unreadable += 1
                continue
            }
            oldest = max(
                oldest, state.oldestUndelivered.map { (seams.time.now - Timestamp(milliseconds: $0)).inSeconds } ?? 0)
            apart += state.cursor.apart.count
            held += state.cursor.apart.count { $0.failure != nil }
        }
        var gauges = [
            ("cairn_oldest_undelivered_seconds", oldest), ("cairn_lanes_apart", Double(apart)),
            ("cairn_lanes_held", Double(held)), ("cairn_partitions_unreadable", Double(unreadable)),
            ("cairn_findings", Double((try? await catalog.findings().count) ?? 0)),
        ]
        let overview = try? await SubscriptionOverview.read(subscriptions, partitionCount: deployment.partitionCount)
        gauges.append(("cairn_notices_behind", Double((overview ?? []).reduce(0) { $0 + $1.behind })))
        gauges.append(("cairn_subscriptions_failing", Double((overview ?? []).count { $0.failure != nil })))
        if let budget { gauges.append(("cairn_log_bytes", Double(budget.byteCount))) }
        return gauges
    }
}
