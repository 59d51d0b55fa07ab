import CairnKeys
import CairnLog
import CairnSystem
import CairnTopics
import Synchronization

/// The logs of embedded topics as queues read them: one reader each, whose open files are used again.
final class TopicReaders: Sendable {
    private struct Place: Hashable {
        var topic: TopicName
        var partition: Int
    }

    private let disk: any Disk
    private let directory: DataDirectory
    private let keys: LogKeys
    private let readers = Mutex<[Place: ReadOnlyLog]>([:])

    init(disk: any Disk, directory: DataDirectory, keys: LogKeys) {
        self.disk = disk
        self.keys = keys
        self.directory = directory
    }

    func log(_ topic: TopicName, _ partition: Int) -> ReadOnlyLog {
        readers.withLock { readers in
            let place = Place(topic: topic, partition: partition)
            if let known = readers[place] { return known }
            let log = ReadOnlyLog(disk: disk, directory: directory.topic(topic, partition), keys: keys)
            readers[place] = log
            return log
        }
    }
}
