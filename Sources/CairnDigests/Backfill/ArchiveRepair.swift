package import CairnCatalog
package import CairnFormat
package import CairnKeys
package import CairnLog
package import CairnObjects
package import CairnSystem

/// Finds log files that no digest lists, and lists those that are proven to be ours in backfill digests (design 8).
///
/// It works while neither a door nor a worker does. That a file is unlisted is found in this order: what lies in the buckets
/// is listed first, what was delivered and what digests say is read after it.
package struct ArchiveRepair: Sendable {
    /// What a repair works with.
    package struct Seams: Sendable {
        package var store: any ObjectStore
        package var catalog: Catalog
        package var signer: DigestSigner
        package var keys: any KeyService
        package var time: any TimeSource
        /// The `delivered` logs of all partitions.
        package var delivered: [any EventLog]
        /// Files from this minute on may be recorded yet: a cut that was begun then is not finished.
        package var pendingSince: EventTime?

        package init(
            store: any ObjectStore, catalog: Catalog, signer: DigestSigner, keys: any KeyService,
            time: any TimeSource, delivered: [any EventLog], pendingSince: EventTime?
        ) {
            (self.store, self.catalog, self.signer, self.keys) = (store, catalog, signer, keys)
            (self.time, self.delivered, self.pendingSince) = (time, delivered, pendingSince)
        }
    }

    /// What a survey found.
    package struct Survey: Sendable {
        package var fileCount = 0
        package var digestCount = 0
        /// Files that a cut which is not finished may have written.
        package var pendingCount = 0
        /// Sorted by name.
        package var unlisted: [UnlistedFile] = []
    }

    /// A digest that was made.
    package struct Made: Sendable {
        package let location: ObjectLocation
        package let fileCount: Int
    }

    /// The most files that one backfill digest lists: its intent is one document.
    package static let fileCountMax = 5_000
    static let digestByteCountMax = 64 << 20
    static let contentByteCountMax = 256 << 20

    let seams: Seams
    let heads: HeadDocuments
    let proof: FileProof

    package init(_ seams: Seams) {
        self.seams = seams
        heads = HeadDocuments(seams.catalog)
        proof = FileProof(keys: seams.keys, store: seams.store)
    }
}
