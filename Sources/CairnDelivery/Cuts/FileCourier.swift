import CairnCatalog
import CairnFormat
import CairnNative
import CairnObjects
import CairnSystem
import CoreMetrics
import Logging

/// Builds one lane's file and puts it at its name, once, whoever else tries the same.
struct FileCourier: Sendable {
    /// How an attempt ended.
    enum Outcome: Sendable {
        case stored(DeliveredRecord.File)
        /// It did not work; another attempt may. The text is for the operator.
        case failed(String)
        /// The cursor has moved: the file is somebody else's business.
        case stale
    }

    let store: any ObjectStore
    let naming: LogFileNaming
    let partition: Int
    let time: any TimeSource
    let metrics: DeliveryMetrics
    let findings: FindingLog

    /// One attempt for one entry of an intent.
    ///
    /// - Parameter hasMoved: reads the cursor again: whether the intent is no longer in force.
    func deliver(
        _ entry: Cursor.Entry,
        of intent: Cursor.Intent,
        epoch: UInt64,
        _ content: LaneContent,
        hasMoved: () async -> Bool
    ) async -> Outcome {
        let started = time.uptime
        let name = naming.name(
            lane: entry.lane, partition: partition, epoch: epoch, from: entry.from, until: intent.until, at: intent.at)
        let location = ObjectLocation(bucket: entry.bucket, key: name.key(prefix: entry.prefix))
        let contentHash = SHA256.hash(content.body)
        let bytes = GzipCompressor().compress(content.body, entry.compression)
        let storedHash = SHA256.hash(bytes)
        var attempts = 0
        while true {
            attempts += 1
            do throws(ObjectError) {
                _ = try await store.put(bytes, at: location, metadata: [:])
                break
            } catch {
                guard case .exists = error else { return .failed(error.description) }
            }
            // There already: ours from before a crash, another worker's, or a stranger's.
            do throws(ObjectError) {
                let there = try await store.get(location, limit: max(bytes.count, 1) + 1)
                if there.bytes == bytes { break }
                if await hasMoved() { return .stale }
                await findings.add(
                    kind: .plantedObject,
                    subject: "\(location)",
                    text: "an object that cairn did not write stood at the name of a log file; it is in quarantine now"
                )
                _ = try await store.replace(bytes, at: location, metadata: [:], ifETag: there.head.etag)
                if try await store.get(location, limit: bytes.count + 1).bytes == bytes { break }
            } catch {
                switch error {
                // Somebody was quicker; look again.
                case .changed, .notFound: if attempts < 5 { continue }
                case .tooLarge:
                    // Longer than ours, so not ours: its etag is enough to overwrite it.
                    if await hasMoved() { return .stale }
                    if let failure = await replaceLarger(location, bytes) { return .failed(failure) }
                    continue
                default: break
                }
                return .failed(error.description)
            }
            if attempts >= 5 { return .failed("\(location) keeps changing under us") }
        }
        metrics.putSeconds.record((time.uptime - started).inSeconds)
        return .stored(
            DeliveredRecord.File(
                bucket: entry.bucket,
                key: location.key,
                contentHash: contentHash,
                storedHash: storedHash,
                contentByteCount: content.body.count,
                storedByteCount: bytes.count,
                recordCount: content.recordCount,
                oldest: content.oldest,
                newest: content.newest,
                principals: content.principals,
                topic: entry.topic
            )
        )
    }

    /// Overwrites a stranger that is larger than our file; gives what went wrong.
    private func replaceLarger(_ location: ObjectLocation, _ bytes: [UInt8]) async -> String? {
        do throws(ObjectError) {
            let head = try await store.head(location)
            await findings.add(
                kind: .plantedObject,
                subject: "\(location)",
                text: "an object that cairn did not write stood at the name of a log file; it is in quarantine now"
            )
            _ = try await store.replace(bytes, at: location, metadata: [:], ifETag: head.etag)
            return nil
        } catch {
            return error.description
        }
    }
}
