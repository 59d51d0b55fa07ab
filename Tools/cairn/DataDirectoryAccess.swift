import CairnCatalog
import CairnDocuments
import CairnFormat
import CairnKeys
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTopics
import CairnTrails
import FoundationEssentials

/// A data directory as commands work on it, beside the node that may be running.
struct DataDirectoryAccess {
    let directory: DataDirectory
    let settings: NodeSettings
    let documents: any DocumentStore
    let catalog: Catalog
    let deployment: Deployment
    let seams = Seams.system

    init(_ options: DataOptions) async throws {
        settings = try await options.settings()
        directory = DataDirectory(settings.dataDirectory)
        guard FileManager.default.fileExists(atPath: directory.documents) else {
            throw Failure(
                "\(directory.path) is no data directory", hint: "give --data, or make one with 'cairn up --data DIR'",
                exit: .usage)
        }
        do {
            documents = try Node.documents(directory, seams)
            catalog = Catalog(documents)
            deployment = try await catalog.deployment()
        } catch {
            throw Failure(error)
        }
    }

    /// The keyring, opened with the root key that the settings name.
    func keyring() async throws -> Keyring {
        do throws(NodeError) { return try await Node.keyring(documents, settings, seams, isMade: false) } catch {
            throw Failure(error)
        }
    }

    /// The keyring, and the KMS elsewhere if there is one.
    func keyServices() async throws -> KeyServices {
        do {
            return KeyServices(
                keyring: try await keyring(), remote: try KeyServices.remote(settings, seams))
        } catch let failure as Failure { throw failure } catch { throw Failure(error) }
    }

    func logKeys() async throws -> LogKeys {
        do { return try await keyring().logKeys() } catch let failure as Failure { throw failure } catch {
            throw Failure(error)
        }
    }

    func queues() async throws -> QueueService {
        Node.queues(
            directory, seams, documents, keys: try await logKeys(), partitionCount: deployment.partitionCount)
    }

    func subscriptions() async throws -> SubscriptionService {
        Node.subscriptions(
            directory, seams, documents, keys: try await logKeys(), partitionCount: deployment.partitionCount)
    }

    func establishing() async throws -> Establishing {
        Establishing(
            catalog: catalog, keyring: try await keyring(), seams: seams, directory: directory, settings: settings)
    }

    /// The key that a trail is to use; nil for `none`. One that cairn encrypts under must be usable now; of one that only the
    /// store uses, which has a KMS of its own, nothing is known here.
    func kmsKey(_ name: String, for encryptedBy: EncryptedBy) async throws -> KeyARN? {
        if name == "none" { return nil }
        if encryptedBy == .store {
            do { return try KeyARN(name) } catch {
                throw Failure(
                    "--kms-key-id: \(error)", hint: "the store's KMS is asked, which knows a key by its ARN",
                    exit: .usage)
            }
        }
        do {
            return try await keyServices().check(name)
        } catch let failure as Failure { throw failure } catch { throw Failure(error) }
    }

    /// The trails that name a managed key, for people.
    func users(of key: KeyARN) async throws -> [String] {
        do {
            return (try await catalog.routing()?.trails ?? []).filter { $0.kmsKey == key }.map(\.arn)
        } catch { throw Failure(error) }
    }

    /// Whoever runs this command.
    var actor: KeyActor { KeyActor(.operator, name: Terminal.userName) }

    /// Whether a door or a worker uses the data directory at this moment.
    func isInUse() async throws -> Bool { try await locks() == nil }

    /// What keeps doors and workers away as long as it is held; nil when one is at work.
    func locks() async throws -> [DiskLock]? {
        do {
            var locks: [DiskLock] = []
            for path in [directory.doorLock] + (0..<deployment.partitionCount).map({ directory.lease($0) }) {
                guard let lock = try await seams.disk.lock(path) else { return nil }
                locks.append(lock)
            }
            return locks
        } catch { throw Failure(error) }
    }

    /// Waits until a change of trails or accounts is in force, which the door sees to; says so when there is no door.
    func awaitInForce(_ revision: UInt64) async throws {
        do {
            // Whether a door runs shows at its lock.
            if let lock = try await seams.disk.lock(directory.doorLock) {
                withExtendedLifetime(lock) {}
                return Terminal.say("saved; in force as soon as a door starts ('cairn up' or 'cairn serve')")
            }
            let deadline = seams.time.uptime + .seconds(30)
            while try await catalog.appendedRevision() < revision {
                guard seams.time.uptime < deadline else {
                    return Terminal.say("saved, but the door has not taken it up within 30 s: see its log")
                }
                try await seams.time.sleep(for: .milliseconds(50))
            }
            Terminal.say("in force from now on (revision \(revision))")
        } catch {
            throw Failure(error)
        }
    }
}
