package import CairnDocuments

/// What can go wrong with the catalog, split by what the caller will do.
package indirect enum CatalogError: Error, Sendable, CustomStringConvertible {
    /// The store of the documents failed.
    case documents(DocumentError)
    /// A document does not hold what it should.
    case damaged(key: String, reason: String)
    /// Others changed the document again and again before us.
    case contended(key: String)
    /// A request that the catalog's rules don't allow, in words for whoever asked.
    case refused(String)
    /// The data directory has not been set up.
    case noDeployment

    package var description: String {
        switch self {
        case .documents(let error): error.description
        case .damaged(let key, let reason):
            "document \(key) cannot be read: \(reason); it may be from a newer cairn, or damaged: restore the documents from "
                + "backup"
        case .contended(let key): "document \(key) was changed by others too often: try again"
        case .refused(let reason): reason
        case .noDeployment: "this data directory has no deployment yet: run 'cairn up' or 'cairn serve' on it first"
        }
    }
}
