package import CairnCatalog
package import CairnDocuments
package import CairnKeys
package import CairnLog
package import CairnSystem
package import CairnTopics

/// Why a node does not start.
package indirect enum NodeError: Error, Sendable, CustomStringConvertible {
    case inUse(String)
    case disk(DiskError)
    case documents(DocumentError)
    case catalog(CatalogError)
    case log(LogError)
    case keys(KeyError)
    /// Key bytes might be swapped out, and the operator does not want that.
    case memoryNotLocked(byteCount: Int)
    case topic(TopicError)
    case s3(String)
    case tls(file: String, reason: String)
    case listen(address: String, reason: String)

    package var description: String {
        switch self {
        case .inUse(let path):
            "another cairn door uses \(path): stop that process first ('cairn up' and 'cairn serve' are doors; any number of "
                + "'cairn work' may run beside one), or give another --data directory"
        case .disk(let error): error.description
        case .documents(let error): error.description
        case .catalog(let error): error.description
        case .log(let error): error.description
        case .keys(let error): error.description
        case .memoryNotLocked(let count):
            "\(count) bytes of memory for keys cannot be locked, so they might be swapped out: raise the limit (LimitMEMLOCK= "
                + "of the unit, or 'ulimit -l'), or leave --require-mlock out"
        case .topic(let error): error.description
        case .s3(let reason): "buckets in S3 cannot be reached: \(reason)"
        case .tls(let file, let reason): "TLS: \(file) cannot be used: \(reason)"
        case .listen(let address, let reason):
            "cannot listen on \(address): \(reason); is the port taken? choose another with --listen"
        }
    }
}
