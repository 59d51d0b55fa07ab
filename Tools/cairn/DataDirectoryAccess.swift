import CairnCatalog
import CairnDocuments
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTopics
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
            documents = try Node.documents(directory)
            catalog = Catalog(documents)
            deployment = try await catalog.deployment()
        } catch {
            throw Failure(error)
        }
    }

    var queues: QueueService { Node.queues(directory, seams, documents, partitionCount: deployment.partitionCount) }

    var establishing: Establishing {
        Establishing(catalog: catalog, seams: seams, directory: directory, settings: settings)
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
