package import CairnCatalog
package import CairnFormat

/// A partition's cursor in the catalog.
package struct CursorDocument: Sendable {
    private let catalog: Catalog
    private let key: String

    package init(catalog: Catalog, partition: Int) {
        self.catalog = catalog
        key = "cursors/\(partition)"
    }

    package func read() async throws(CatalogError) -> Cursor {
        try await catalog.read(key, as: Cursor.self)?.content ?? Cursor()
    }

    /// Gives up what a held lane could not deliver; see ``Cursor/abandon(_:)``.
    package func abandon(_ lane: Lane) async throws(DeliveryError) {
        try await swap { (cursor) throws(Cursor.Stale) in try cursor.abandon(lane) }
    }

    /// Swaps the cursor for what `change` makes of it, on the newest state; throws ``DeliveryError/stale`` when the
    /// change does not apply to that.
    @discardableResult
    func swap(_ change: (inout Cursor) throws(Cursor.Stale) -> Void) async throws(DeliveryError) -> Cursor {
        let result: Result<Cursor, Cursor.Stale>
        do throws(CatalogError) {
            result = try await catalog.update(key, initial: Cursor()) { (cursor) throws(Cursor.Stale) in
                try change(&cursor)
                return cursor
            }
        } catch {
            throw .catalog(error)
        }
        switch result {
        case .success(let cursor): return cursor
        case .failure: throw .stale
        }
    }
}
