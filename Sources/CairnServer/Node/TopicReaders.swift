import CairnKeys
import CairnLog
import CairnTopics
import Synchronization

/// The logs of embedded topics as queues read them: one reader each, whose open files are used again.
final class TopicReaders: Sendable {
    private struct Place: Hashable {
        var topic: TopicName
        var partition: Int
    }

    private let logs: OwnerLogs
    private let directory: DataDirectory
    private let keys: LogKeys
    private let readers = Mutex<[Place: any EventLog]>([:])

    init(logs: OwnerLogs, directory: DataDirectory, keys: LogKeys) {
        self.logs = logs
        self.keys = keys
        self.directory = directory
    }

    func log(_ topic: TopicName, _ partition: Int) -> any EventLog {
        readers.withLock { readers in
            let place = Place(topic: topic, partition: partition)
            if let known = readers[place] { return known }
            let log = logs.read(directory.topic(topic, partition), keys)
            readers[place] = log
            return log
        }
    }
}
