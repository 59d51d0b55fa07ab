import CairnCatalog
import CairnFormat
import CairnKeys
import CairnLog
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
        /// The log has lost all events of the file to damage, and nobody put it before: there is no file.
        case lost
        /// It did not work; another attempt may. The text is for the operator.
        case failed(String)
        /// The cursor has moved: the file is somebody else's business.
        case stale
    }

    /// How often an object is found changed before the attempt ends.
    private static let attemptCountMax = 5
    /// How far back the list of deliveries is looked at.
    private static let recordedCountMax: UInt64 = 150_000

    let store: any ObjectStore
    /// The partition's list of deliveries.
    let delivered: any EventLog
    let naming: LogFileNaming
    let encryption: FileEncryption
    let partition: Int
    let time: any TimeSource
    let metrics: DeliveryMetrics
    let findings: FindingLog

    /// One attempt for one entry of an intent.
    ///
    /// - Parameter hasMoved: reads the cursor again: whether the intent is no longer in force; nil when that cannot be told.
    func deliver(
        _ entry: Cursor.Entry,
        of intent: Cursor.Intent,
        epoch: UInt64,
        _ content: LaneContent,
        hasMoved: () async -> Bool?
    ) async -> Outcome {
        let started = time.uptime
        let location = location(entry, intent, epoch)
        let protection = ObjectProtection(entry.storage, from: Timestamp(milliseconds: intent.at))
        if content.isPartial {
            // The log was damaged after this cut was decided. Whoever put the file before that had all of its events.
            switch await whole(at: location, entry, content, protection) {
            case .stale: if content.recordCount == 0 { return .lost }
            case let outcome: return outcome
            }
        }
        let contentHash = SHA256.hash(content.body)
        let compressed = GzipCompressor().compress(content.body, entry.compression)
        var stored: FileEncryption.Stored
        do throws(KeyError) { stored = try await encryption.seal(compressed, entry, at: location) } catch {
            return .failed(error.description)
        }
        for attempt in 1... {
            guard attempt <= Self.attemptCountMax else { return .failed("\(location) keeps changing under us") }
            do throws(ObjectError) {
                _ = try await store.put(stored.bytes, at: location, metadata: [:], protection: protection)
                break
            } catch {
                guard case .exists = error else { return .failed(error.description) }
            }
            // There already: ours from before a crash, another worker's, or a stranger's.
            let etag: String
            var isStrange = true
            switch await look(
                at: location, entry, compressed, byteCount: stored.bytes.count, protection)
            {
            case .same(let there):
                metrics.putSeconds.record((time.uptime - started).inSeconds)
                return .stored(Self.file(entry, location, content, contentHash, there))
            case .stranger(let tag): etag = tag
            // These very bytes: the list of deliveries may name them already.
            case .unprotected(let there, let tag): (stored, etag, isStrange) = (there, tag, false)
            case .shredded(let tag):
                do throws(LogError) {
                    // The list of deliveries may have it already, as it stands there: then it stays.
                    if let file = try await recorded(entry, intent, epoch) { return .stored(file) }
                } catch { return .failed(error.description) }
                (etag, isStrange) = (tag, false)
            case .lookAgain: continue
            case .failed(let reason): return .failed(reason)
            }
            switch await hasMoved() {
            case true: return .stale
            case nil:
                return .failed("\(location) holds other bytes, and the cursor cannot be read to tell whose they are")
            default: break
            }
            if isStrange {
                await findings.add(
                    kind: .plantedObject,
                    subject: "\(location)",
                    text: "an object that cairn did not write stood at the name of a log file; it is in quarantine now"
                )
            }
            do throws(ObjectError) {
                _ = try await store.replace(
                    stored.bytes, at: location, metadata: [:], protection: protection, ifETag: etag)
                if try await store.get(location, limit: stored.bytes.count + 1).bytes == stored.bytes { break }
            } catch {
                switch error {
                case .changed, .notFound, .tooLarge: continue
                default: return .failed(error.description)
                }
            }
        }
        metrics.putSeconds.record((time.uptime - started).inSeconds)
        return .stored(Self.file(entry, location, content, contentHash, stored))
    }

    /// What stands at a file's name.
    private enum Look {
        /// The file, whoever put it.
        case same(FileEncryption.Stored)
        /// The file, which the store does not keep as it is to be kept: it may say what it does once it has it.
        case unprotected(FileEncryption.Stored, etag: String)
        /// Something else, of this etag.
        case stranger(etag: String)
        /// An attempt whose key was shredded since: nobody can read it, and nobody was told of it.
        case shredded(etag: String)
        case lookAgain
        case failed(String)
    }

    /// Looks at what stands at the name: unencrypted files are compared byte for byte, encrypted ones opened, since each
    /// attempt has a data key of its own.
    private func look(
        at location: ObjectLocation, _ entry: Cursor.Entry, _ compressed: [UInt8], byteCount: Int,
        _ protection: ObjectProtection?
    ) async -> Look {
        let there: StoredObject
        do throws(ObjectError) {
            let slack = entry.encryption == nil ? 1 : FileEncryption.slack
            there = try await store.get(location, limit: byteCount + slack)
        } catch {
            switch error {
            // Somebody was quicker; look again.
            case .changed, .notFound: return .lookAgain
            // Longer than ours, so not ours: its etag is enough to overwrite it.
            case .tooLarge:
                do throws(ObjectError) { return .stranger(etag: try await store.head(location).etag) } catch {
                    return .failed(error.description)
                }
            default: return .failed(error.description)
            }
        }
        do throws(KeyError) {
            let opened = try await encryption.open(there.bytes, entry, at: location)
            guard let opened, opened.bytes == compressed else {
                // A bit may flip on the way from the store: only what comes twice is there.
                guard await comesAgain(there, at: location) else { return .lookAgain }
                return .stranger(etag: there.head.etag)
            }
            let found = FileEncryption.Stored(bytes: there.bytes, keyVersion: opened.keyVersion)
            return there.head.keeping.fulfils(protection) ? .same(found) : .unprotected(found, etag: there.head.etag)
        } catch {
            if case .shredded = error { return .shredded(etag: there.head.etag) }
            return .failed("what stands at \(location) cannot be opened: \(error)")
        }
    }

    /// What the list of deliveries says of an entry, if an attempt before this one came so far.
    private func recorded(
        _ entry: Cursor.Entry, _ intent: Cursor.Intent, _ epoch: UInt64
    ) async throws(LogError) -> DeliveredRecord.File? {
        let id = LogID(
            DeliveredRecord(
                epoch: epoch, lane: entry.lane, kind: entry.kind, from: entry.from, until: intent.until, at: intent.at,
                file: nil
            ).id)
        let bounds = try await delivered.bounds()
        // An intent has fewer entries than this, and nothing else is recorded while it is in force but what stands apart.
        var next = max(bounds.first, bounds.next > Self.recordedCountMax ? bounds.next - Self.recordedCountMax : 1)
        while next < bounds.next {
            let chunk = try await delivered.read(from: next, byteCountMax: 256 << 10)
            if let frame = chunk.frames.first(where: { $0.kind == .delivered && $0.id == id }) {
                return DeliveredCoding.decode(chunk.payload(frame))?.file
            }
            guard chunk.next > next else { break }
            next = chunk.next
        }
        return nil
    }

    /// Whether another read gives the same bytes.
    private func comesAgain(_ object: StoredObject, at location: ObjectLocation) async -> Bool {
        guard let again = try? await store.get(location, limit: max(object.bytes.count, 1)) else { return false }
        return again.bytes == object.bytes
    }

    /// What a file would have been that is never put.
    func describe(_ entry: Cursor.Entry, of intent: Cursor.Intent, epoch: UInt64, _ content: LaneContent)
        -> DeliveredRecord.File
    {
        let bytes = GzipCompressor().compress(content.body, entry.compression)
        return Self.file(
            entry, location(entry, intent, epoch), content, SHA256.hash(content.body),
            FileEncryption.Stored(bytes: bytes, keyVersion: nil))
    }

    private func location(_ entry: Cursor.Entry, _ intent: Cursor.Intent, _ epoch: UInt64) -> ObjectLocation {
        let name = naming.name(
            lane: entry.lane, partition: partition, epoch: epoch, from: entry.from, until: intent.until, at: intent.at)
        return ObjectLocation(
            bucket: entry.bucket, key: name.key(prefix: entry.prefix, organization: entry.organization))
    }

    private static func file(
        _ entry: Cursor.Entry, _ location: ObjectLocation, _ content: LaneContent, _ contentHash: SHA256Hash,
        _ stored: FileEncryption.Stored
    ) -> DeliveredRecord.File {
        DeliveredRecord.File(
            bucket: entry.bucket,
            key: location.key,
            contentHash: contentHash,
            storedHash: SHA256.hash(stored.bytes),
            contentByteCount: content.body.count,
            storedByteCount: stored.bytes.count,
            recordCount: content.recordCount,
            oldest: content.oldest,
            newest: content.newest,
            principals: content.principals,
            topic: entry.topic,
            keyVersion: stored.keyVersion
        )
    }

    /// The file that somebody put before the log lost some of its events, if it is whole and holds all that is left.
    ///
    /// - Returns: ``Outcome/stale`` when there is none.
    private func whole(
        at location: ObjectLocation, _ entry: Cursor.Entry, _ content: LaneContent, _ protection: ObjectProtection?
    ) async -> Outcome {
        let there: StoredObject
        do throws(ObjectError) {
            there = try await store.get(location, limit: RecordsBody.byteCountMax)
        } catch {
            switch error {
            case .notFound, .tooLarge: return .stale
            default: return .failed(error.description)
            }
        }
        let opened: FileEncryption.Stored
        do throws(KeyError) {
            guard let found = try await encryption.open(there.bytes, entry, at: location) else { return .stale }
            opened = found
        } catch {
            // It has all of the events, and nobody can read them: what the log still holds takes its place.
            if case .shredded = error { return .stale }
            return .failed("what stands at \(location) cannot be opened: \(error)")
        }
        guard let records = try? LogFileReader.read(opened.bytes) else { return .stale }
        let found = Set(records.ranges.indices.map { records.record($0) })
        guard let left = try? LogFileReader.records(ofBody: content.body) else { return .stale }
        guard left.ranges.indices.allSatisfy({ found.contains(left.record($0)) }) else { return .stale }
        if !there.head.keeping.fulfils(protection) {
            do throws(ObjectError) {
                _ = try await store.replace(
                    there.bytes, at: location, metadata: [:], protection: protection, ifETag: there.head.etag)
            } catch { return .failed(error.description) }
        }
        if found.count > left.ranges.count {
            await findings.add(
                kind: .logGap,
                subject: "\(location)",
                text:
                    "the file was put before the log lost some of its events to damage: of its \(found.count) records the "
                    + "log still holds \(left.ranges.count); the others are taken as they stand"
            )
        }
        return .stored(
            DeliveredRecord.File(
                bucket: entry.bucket,
                key: location.key,
                contentHash: SHA256.hash(records.body),
                storedHash: SHA256.hash(there.bytes),
                contentByteCount: records.body.count,
                storedByteCount: there.bytes.count,
                recordCount: records.ranges.count,
                oldest: content.oldest,
                newest: content.newest,
                principals: content.principals,
                topic: entry.topic,
                keyVersion: opened.keyVersion
            )
        )
    }
}
