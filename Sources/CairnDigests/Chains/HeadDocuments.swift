package import CairnCatalog
package import CairnFormat
package import CairnNative

/// The heads of digest chains in the catalog: `heads/<name of the chain>`.
package struct HeadDocuments: Sendable {
    private static let prefix = "heads/"
    private let catalog: Catalog

    package init(_ catalog: Catalog) { self.catalog = catalog }

    private static func key(_ name: ChainName) -> String { "\(prefix)\(name)" }

    package func read(_ name: ChainName) async throws(DigestError) -> Catalog.Versioned<ChainHead>? {
        do throws(CatalogError) { return try await catalog.read(Self.key(name), as: ChainHead.self) } catch {
            throw .catalog(error)
        }
    }

    /// All heads there are.
    package func list() async throws(DigestError) -> [ChainHead] { try await list(family: "") }

    /// Those of one trail.
    ///
    /// - Parameter family: what their names begin with (``ChainName/family``).
    package func list(family: String) async throws(DigestError) -> [ChainHead] {
        do throws(CatalogError) {
            return try await catalog.list(Self.prefix + family, as: ChainHead.self).map(\.content)
        } catch { throw .catalog(error) }
    }

    /// Writes heads that still have the revision they were read at, all in one go.
    ///
    /// - Returns: for each, the new revision; nil: it was not written.
    func swap(_ heads: [(head: ChainHead, revision: UInt64?)]) async throws(DigestError) -> [UInt64?] {
        do throws(CatalogError) {
            return try await catalog.swap(heads.map { (Self.key($0.head.name), $0.head, $0.revision) })
        } catch { throw .catalog(error) }
    }

    // MARK: Backfill digests

    private static func backfillKey(_ name: ChainName) -> String { "backfills/\(name)" }

    func backfill(_ name: ChainName) async throws(DigestError) -> Catalog.Versioned<BackfillHead>? {
        do throws(CatalogError) {
            return try await catalog.read(Self.backfillKey(name), as: BackfillHead.self)
        } catch { throw .catalog(error) }
    }

    /// The newest backfill digest of every lane that has one.
    func backfills() async throws(DigestError) -> [ChainName: DigestBody.Previous] {
        var found: [ChainName: DigestBody.Previous] = [:]
        do throws(CatalogError) {
            for (_, head) in try await catalog.list("backfills/", as: BackfillHead.self) {
                found[head.name] = head.previous
            }
        } catch { throw .catalog(error) }
        return found
    }

    /// The head's new revision; nil when somebody else was quicker.
    func swap(_ head: BackfillHead, ifRevision: UInt64?) async throws(DigestError) -> UInt64? {
        do throws(CatalogError) {
            return try await catalog.swap([(Self.backfillKey(head.name), head, ifRevision)])[0]
        } catch { throw .catalog(error) }
    }

    // MARK: Lists of lanes

    /// The lanes of a trail with the newest digest of each, but for the home lane itself.
    func lanes(of home: ChainName) async throws(DigestError) -> [DigestBody.LaneState] {
        let heads: [ChainHead]
        do throws(CatalogError) {
            heads = try await catalog.list(
                "\(Self.prefix)\(home.family)", as: ChainHead.self
            ).map(\.content)
        } catch { throw .catalog(error) }
        return heads.filter { $0.name != home }.compactMap { head in
            head.previous.map {
                DigestBody.LaneState(
                    account: head.name.account, region: head.name.region, chain: head.chain, newest: $0)
            }
        }
    }

    /// A list belongs to one digest: another chain's, or the next one's, may say the same and be let go at another time.
    private static func key(_ name: ChainName, _ end: EventTime) -> String { "lane-lists/\(name)/\(end.secondStamp)" }

    /// Keeps the list of a digest until it is made; whoever keeps one first decides.
    ///
    /// - Returns: the hash of the list that is kept.
    package func keep(
        _ lanes: [DigestBody.LaneState], of name: ChainName, end: EventTime
    ) async throws(DigestError) -> SHA256Hash {
        let isFirst: Bool
        do throws(CatalogError) {
            isFirst = try await catalog.swap(Self.key(name, end), lanes, ifRevision: nil)
        } catch { throw .catalog(error) }
        if isFirst { return try hash(lanes) }
        guard let kept = try await read(name, end) else { throw .stale }
        return try hash(kept)
    }

    /// The list of a digest; nil when it is not kept any more, or another.
    package func lanes(
        _ wanted: SHA256Hash, of name: ChainName, end: EventTime
    ) async throws(DigestError) -> [DigestBody.LaneState]? {
        guard let kept = try await read(name, end), try hash(kept) == wanted else { return nil }
        return kept
    }

    package func forget(_ name: ChainName, end: EventTime) async throws(DigestError) {
        do throws(CatalogError) { try await catalog.remove(Self.key(name, end)) } catch { throw .catalog(error) }
    }

    private func read(_ name: ChainName, _ end: EventTime) async throws(DigestError) -> [DigestBody.LaneState]? {
        do throws(CatalogError) {
            return try await catalog.read(Self.key(name, end), as: [DigestBody.LaneState].self)?.content
        } catch { throw .catalog(error) }
    }

    private func hash(_ lanes: [DigestBody.LaneState]) throws(DigestError) -> SHA256Hash {
        do throws(CatalogError) { return SHA256.hash(try catalog.encoded(lanes)) } catch { throw .catalog(error) }
    }
}
