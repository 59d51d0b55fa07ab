package import CairnFormat
import CairnNative

extension Catalog {
    /// Names have letters that keys of documents may not have.
    private static func key(_ kind: Grant.Kind, _ name: String) -> String {
        "grants/\(kind.rawValue)/\(SHA256.hash(Array(name.utf8)).hex)"
    }

    package func grant(_ kind: Grant.Kind, _ name: String) async throws(CatalogError) -> Grant? {
        try await read(Self.key(kind, name), as: Grant.self)?.content
    }

    /// By kind and name.
    package func grants() async throws(CatalogError) -> [Grant] {
        try await list("grants/", as: Grant.self).map(\.content).sorted {
            ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name)
        }
    }

    /// Lets accounts use something, besides those that do; nil: every account.
    package func allow(_ kind: Grant.Kind, _ name: String, for accounts: [AccountID]?) async throws(CatalogError) {
        _ = try await update(Self.key(kind, name), initial: Grant(kind: kind, name: name, accounts: [])) {
            (grant) throws(CatalogError) in
            let all = grant.accounts.flatMap { old in accounts.map { Set(old).union($0).sorted() } }
            grant = Grant(kind: kind, name: name, accounts: all)
        }.get()
    }

    /// Takes something from accounts; nil: from all of them. Trails that use it go on, and are changed by an operator alone.
    package func revoke(
        _ kind: Grant.Kind, _ name: String, for accounts: [AccountID]?
    ) async throws(CatalogError) {
        let key = Self.key(kind, name)
        guard let old = try await read(key, as: Grant.self)?.content else {
            throw .refused("there is no \(kind.rawValue) '\(name)': see 'cairn grants list'")
        }
        guard let accounts else { return try await remove(key) }
        guard old.accounts != nil else {
            throw .refused(
                "every account may use the \(kind.rawValue) '\(name)': take it from all, then allow it for some")
        }
        _ = try await update(key, initial: old) { (grant) throws(CatalogError) in
            grant.accounts = grant.accounts.map { Set($0).subtracting(accounts).sorted() }
        }.get()
    }
}
