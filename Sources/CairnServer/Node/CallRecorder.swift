import CairnAPI
import CairnCatalog
import CairnFormat
import CairnHTTP
import CairnKeys
import CairnLog
import CairnNative
import CairnSystem
import FoundationEssentials
import Logging
import Synchronization

/// Writes calls of the API down as events, so that none that changed something is without one.
///
/// Before a call changes anything, what will be written if this process ends stands in a document of its own, sealed; once the
/// event is in the log the document goes. What is left is written down by whoever starts next.
struct CallRecorder: Sendable {
    /// The most calls whose events wait for the log, of all accounts and of one.
    private static let waitingCountMax = 1_000
    private static let accountWaitingCountMax = 50
    private static let prefix = "calls/"

    /// A record that waits, sealed under a key of its own.
    private struct Waiting: Sendable, Equatable, Codable {
        let keyVersion: UInt16
        /// What the key was made with.
        let salt: Data
        let sealed: Data
    }

    /// Calls that this process is at, and how many of each account wait, of what this process knows.
    private final class Calls: Sendable {
        struct State {
            var atWork: Set<UniqueID> = []
            var waiting: [UniqueID: AccountID] = [:]
        }

        let state = Mutex(State())
    }

    private let catalog: Catalog
    private let keys: LogKeys
    private let door: DoorPart
    private let random: any RandomSource
    private let time: any TimeSource
    private let refused: RefusedRequests
    private let deployment: Deployment
    private let logger: Logger
    private let calls = Calls()

    init(
        catalog: Catalog, keys: LogKeys, door: DoorPart, refused: RefusedRequests, deployment: Deployment,
        seams: Seams, logger: Logger
    ) {
        (self.catalog, self.keys, self.door, self.refused) = (catalog, keys, door, refused)
        (self.deployment, self.random, self.time, self.logger) = (deployment, seams.random, seams.time, logger)
    }

    private static func key(_ id: UniqueID) -> String { prefix + id.text }

    // MARK: Calls

    func begin(_ record: CallRecord) async throws(APIError) {
        if let refusal = door.budget.refusal {
            throw APIError(
                503, "ServiceUnavailable", "what changes something is written down first, and \(refusal)")
        }
        let isTaken = calls.state.withLock { state in
            guard state.waiting.count < Self.waitingCountMax,
                state.waiting.values.count(where: { $0 == record.account }) < Self.accountWaitingCountMax
            else { return false }
            state.atWork.insert(record.eventID)
            state.waiting[record.eventID] = record.account
            return true
        }
        guard isTaken else {
            throw APIError(
                503, "ServiceUnavailable",
                "what changes something is written down first, and too many calls wait for that: see 'cairn status' for what keeps "
                    + "the log")
        }
        do throws(CatalogError) {
            _ = try await catalog.swap(
                Self.key(record.eventID), waiting(record.abandoned.json, record.eventID), ifRevision: nil)
        } catch {
            calls.state.withLock { state in
                state.atWork.remove(record.eventID)
                state.waiting[record.eventID] = nil
            }
            throw APIError(503, "ServiceUnavailable", "what changes something is written down first, and \(error)")
        }
    }

    /// - Parameter wasBegun: whether ``begin(_:)`` came before.
    func record(_ record: CallRecord, wasBegun: Bool) async throws(APIError) {
        defer { calls.state.withLock { _ = $0.atWork.remove(record.eventID) } }
        do throws(DoorError) { try await door.append(record.json) } catch {
            guard wasBegun else {
                throw APIError(503, "ServiceUnavailable", "the call cannot be written down: \(error)")
            }
            // What was done cannot be undone: its event waits, as it is now.
            do throws(CatalogError) {
                let key = Self.key(record.eventID)
                let old = try await catalog.read(key, as: Waiting.self)
                _ = try await catalog.swap(key, waiting(record.json, record.eventID), ifRevision: old?.revision)
            } catch {
                logger.error(
                    "the event of a call is incomplete, since neither the log nor the documents can be written",
                    metadata: ["call": "\(record.eventID)", "error": "\(error)"])
            }
            return
        }
        guard wasBegun else { return }
        do throws(CatalogError) {
            try await catalog.remove(Self.key(record.eventID))
            calls.state.withLock { $0.waiting[record.eventID] = nil }
        } catch {
            logger.warning(
                "a call that is written down is noted still; it is looked at again",
                metadata: ["call": "\(record.eventID)", "error": "\(error)"])
        }
    }

    // MARK: What waits

    /// Writes down what waits, and once a minute who was refused, until the task is cancelled; then once more.
    func run() async {
        var round = 0
        while !Task.isCancelled {
            await writeWaiting()
            round += 1
            if round % 60 == 0 { await writeRefused() }
            do { try await time.sleep(for: .seconds(1)) } catch { break }
        }
        // What works on documents does not once its task is cancelled.
        await Task {
            await writeWaiting()
            await writeRefused()
        }.value
    }

    private func writeWaiting() async {
        do throws(CatalogError) {
            for (key, _) in try await catalog.list(Self.prefix, as: Waiting.self) {
                guard let id = try? UniqueID(String(key.dropFirst(Self.prefix.count))),
                    !calls.state.withLock({ $0.atWork.contains(id) }),
                    // As it is now that nobody is at it: what the list had may be what was noted before.
                    let waiting = try await catalog.read(key, as: Waiting.self)
                else { continue }
                guard let event = opened(waiting.content, id) else {
                    // Nobody can read it again: it would be looked at for ever.
                    logger.error(
                        "a call that waits to be written down does not open under the log key, and is given up",
                        metadata: ["document": "\(key)"])
                    try await catalog.remove(key, ifRevision: waiting.revision)
                    continue
                }
                do throws(DoorError) { try await door.append(event) } catch {
                    // Another account's event may be taken.
                    continue
                }
                try await catalog.remove(key, ifRevision: waiting.revision)
                calls.state.withLock { $0.waiting[id] = nil }
            }
        } catch {
            logger.error("calls that wait to be written down cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// One event for each network and service.
    private func writeRefused() async {
        for summary in refused.take() {
            let event = CairnEvent.json(
                source: APIService.cloudTrail.source, name: "RefusedRequests", id: UniqueID(random: random.bytes(16)),
                time: EventTime(seconds: time.now.seconds), account: deployment.account,
                region: deployment.homeRegion,
                details: [
                    ("network", JSONText.quoted(summary.network)), ("service", JSONText.quoted(summary.service)),
                    ("count", String(summary.count)),
                    ("firstTime", JSONText.quoted(summary.firstAt.iso8601)),
                    ("lastTime", JSONText.quoted(summary.lastAt.iso8601)),
                    ("errorCodes", "[\(summary.codes.map(JSONText.quoted).joined(separator: ","))]"),
                ])
            do throws(DoorError) { try await door.append(event) } catch {
                refused.putBack(summary)
                logger.warning(
                    "refused requests could not be written down; it is tried again",
                    metadata: ["network": "\(summary.network)", "count": "\(summary.count)", "error": "\(error)"])
            }
        }
    }

    // MARK: Sealing

    private func waiting(_ event: String, _ id: UniqueID) -> Waiting {
        let salt = random.bytes(16)
        guard let key = keys.segmentKey(version: keys.current, id: salt, log: "calls") else {
            preconditionFailure("the current log key is at hand")
        }
        let sealed = AESGCM(key).seal(Array(event.utf8), nonce: Self.nonce, aad: Array(id.text.utf8))
        return Waiting(keyVersion: keys.current, salt: Data(salt), sealed: Data(sealed))
    }

    private func opened(_ waiting: Waiting, _ id: UniqueID) -> String? {
        guard waiting.salt.count == 16,
            let key = keys.segmentKey(version: waiting.keyVersion, id: Array(waiting.salt), log: "calls"),
            let event = try? AESGCM(key).open(Array(waiting.sealed), nonce: Self.nonce, aad: Array(id.text.utf8))
        else { return nil }
        return String(validating: event, as: UTF8.self)
    }

    /// Each key seals one text.
    private static let nonce = [UInt8](repeating: 0, count: AESGCM.nonceByteCount)
}
