package import CairnCatalog
package import CairnHistory
package import CairnKeys
import CairnLog
package import CairnSystem

/// Event history of a deployment, whichever partition keeps it (reference 9).
package struct EventHistory: Sendable {
    private let partitions: [HistorySearch]

    package init(
        _ directory: DataDirectory, _ deployment: Deployment, keyring: Keyring, random: any RandomSource
    ) {
        let keys = Self.keys(deployment, keyring: keyring, random: random)
        partitions = (0..<deployment.partitionCount).map {
            HistorySearch(shelf: HistoryShelf(directory.history($0)), keys: keys)
        }
    }

    /// What history is sealed and its values are hashed with.
    package static func keys(
        _ deployment: Deployment, keyring: Keyring, random: any RandomSource
    ) -> HistoryKeys {
        HistoryKeys(
            keyring: keyring, deployment: deployment.id, region: deployment.homeRegion, account: deployment.account,
            random: random)
    }

    /// The sequence of a partition's log that its history has come to, 0 when that cannot be read now; nil: it has not begun.
    func reached(_ partition: Int) async -> UInt64? {
        do throws(HistoryError) { return try await partitions[partition].reached() } catch { return 0 }
    }

    /// The page that a query asks for, newest first, and where the next one begins; nil: nothing is behind it.
    package func page(
        _ query: HistoryQuery
    ) async throws(HistoryError) -> (events: [HistorySearch.Found], next: HistoryPlace?) {
        let partition = PartitionRule.partition(query.account, query.region, count: partitions.count)
        return try await partitions[partition].page(query)
    }
}
