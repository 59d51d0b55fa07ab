import CairnLog

/// Where the logs of a topic end: what is announced from now on stands behind.
enum TopicEnds {
    /// The sequence behind the last notice of each partition.
    static func read(
        _ topic: TopicName, partitionCount: Int, log: (_ topic: TopicName, _ partition: Int) -> any EventLog
    ) async throws(TopicError) -> [UInt64] {
        var ends: [UInt64] = []
        for partition in 0..<partitionCount {
            do throws(LogError) { ends.append(try await log(topic, partition).bounds().next) } catch {
                // No notice was ever published here.
                guard error.isNotFound else { throw .log(error) }
                ends.append(1)
            }
        }
        return ends
    }
}
