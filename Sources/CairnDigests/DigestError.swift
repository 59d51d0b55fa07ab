package import CairnCatalog
package import CairnKeys
package import CairnLog
package import CairnObjects

/// What keeps a digest from being made.
package indirect enum DigestError: Error, Sendable, CustomStringConvertible {
    case log(LogError)
    case catalog(CatalogError)
    case keys(KeyError)
    /// The bucket cannot be read or written now.
    case store(ObjectError)
    /// The head has moved under us: read it again.
    case stale
    case unreadable(place: UInt64)
    /// The archive holds a digest of ours that the documents know nothing of.
    case rolledBack(ObjectLocation)
    /// A digest that others link to is not as it was written.
    case broken(ObjectLocation, reason: String)

    package var description: String {
        switch self {
        case .log(let error): error.description
        case .catalog(let error): error.description
        case .keys(let error): error.description
        case .store(let error): error.description
        case .stale: "the chain's head has moved; another builder goes on"
        case .unreadable(let place): "entry \(place) of the list of deliveries cannot be read"
        case .broken(let location, let reason):
            "\(location): \(reason); run 'cairn validate', and bring the object back from a copy"
        case .rolledBack(let location):
            "\(location) is signed by a key of this deployment, but the documents know nothing of it: they were rolled back, "
                + "or another node works on a copy of them. Stop it, or bring back the documents that belong to the archive; "
                + "no digest of this chain is made until then"
        }
    }
}
