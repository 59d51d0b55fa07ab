import CairnNative
package import CairnTopics

/// Where things lie in a data directory (design 15).
package struct DataDirectory: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    package var documents: String { "\(path)/documents.sqlite" }
    package var buckets: String { "\(path)/buckets" }
    package var publicKeys: String { "\(path)/buckets/public-keys.json" }
    package var trailList: String { "\(path)/buckets/trail.json" }
    package var quarantine: String { "\(path)/quarantine" }
    package var credentials: String { "\(path)/credentials" }
    /// Held by the door: the only writer of the log.
    package var doorLock: String { "\(path)/log/lock" }

    package func log(_ partition: Int) -> String { "\(path)/log/\(partition)" }
    /// Held by the owner of a partition, who alone cuts it.
    package func lease(_ partition: Int) -> String { "\(path)/log/\(partition)/lease" }
    /// Event history.
    package func history(_ partition: Int) -> String { "\(path)/history/\(partition)" }
    package func delivered(_ partition: Int) -> String { "\(path)/delivered/\(partition)" }

    /// A directory's name has 255 bytes at most, a topic's 256: long ones end in a hash.
    package func topic(_ name: TopicName, _ partition: Int) -> String {
        let text = name.text
        let folder =
            text.utf8.count <= 200 ? text : "\(text.prefix(180))-\(SHA256.hash(Array(text.utf8)).hex.prefix(20))"
        return "\(path)/topics/\(folder)/\(partition)"
    }
}
