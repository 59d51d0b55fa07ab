package import CairnCatalog
package import CairnFormat
import CairnNative

/// The heads of digest chains in the catalog: `heads/<account>/<home Region>/<trail>/<Region>`.
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
    package func list() async throws(DigestError) -> [ChainHead] {
        do throws(CatalogError) { return try await catalog.list(Self.prefix, as: ChainHead.self).map(\.content) } catch
        {
            throw .catalog(error)
        }
    }

    /// Writes heads that still have the revision they were read at, all in one go.
    ///
    /// - Returns: for each, whether it was written.
    func swap(_ heads: [(head: ChainHead, revision: UInt64?)]) async throws(DigestError) -> [Bool] {
        do throws(CatalogError) {
            return try await catalog.swap(heads.map { (Self.key($0.head.name), $0.head, $0.revision) })
        } catch { throw .catalog(error) }
    }

    // MARK: Lists of lanes

    /// The lanes of a trail with the newest digest of each, but for the home lane itself.
    func lanes(of home: ChainName) async throws(DigestError) -> [DigestBody.LaneState] {
        let heads: [ChainHead]
        do throws(CatalogError) {
            heads = try await catalog.list(
                "\(Self.prefix)\(home.account)/\(home.home)/\(home.trail)/", as: ChainHead.self
            )
            .map(\.content)
        } catch { throw .catalog(error) }
        return heads.filter { $0.name != home }.compactMap { head in
            head.previous.map {
                DigestBody.LaneState(
                    account: head.name.account, region: head.name.region, chain: head.chain, newest: $0)
            }
        }
    }

    private static func key(_ hash: SHA256Hash) -> String { "lane-lists/\(hash)" }

    /// Keeps a list until its digest is made.
    func keep(_ lanes: [DigestBody.LaneState]) async throws(DigestError) -> SHA256Hash {
        do throws(CatalogError) {
            let hash = SHA256.hash(try catalog.encoded(lanes))
            _ = try await catalog.swap(Self.key(hash), lanes, ifRevision: nil)
            return hash
        } catch { throw .catalog(error) }
    }

    func lanes(_ hash: SHA256Hash) async throws(DigestError) -> [DigestBody.LaneState]? {
        do throws(CatalogError) {
            return try await catalog.read(Self.key(hash), as: [DigestBody.LaneState].self)?.content
        } catch { throw .catalog(error) }
    }

    func forget(_ hash: SHA256Hash) async throws(DigestError) {
        do throws(CatalogError) { try await catalog.remove(Self.key(hash)) } catch { throw .catalog(error) }
    }
}
