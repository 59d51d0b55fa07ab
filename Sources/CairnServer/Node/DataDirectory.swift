/// Where things lie in a data directory (design 15).
package struct DataDirectory: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    package var documents: String { "\(path)/documents.sqlite" }
    package var buckets: String { "\(path)/buckets" }
    package var quarantine: String { "\(path)/quarantine" }
    package var credentials: String { "\(path)/credentials" }
    /// Held by the door: the only writer of the log.
    package var doorLock: String { "\(path)/log/lock" }

    package func log(_ partition: Int) -> String { "\(path)/log/\(partition)" }
    /// Held by the owner of a partition, who alone cuts it.
    package func lease(_ partition: Int) -> String { "\(path)/log/\(partition)/lease" }
    package func delivered(_ partition: Int) -> String { "\(path)/delivered/\(partition)" }
    package func topic(_ name: String, _ partition: Int) -> String { "\(path)/topics/\(name)/\(partition)" }
}
