import CairnCatalog
import CairnKeys
import CairnSystem
import CairnTrails
import FoundationEssentials
import Logging
import Synchronization

/// What lies beside the archive so that it can be validated as it stands: the public halves of signing keys, and what
/// trails there are.
final class PublicFiles: Sendable {
    private static let byteCountMax = 64 << 20

    private let keyring: Keyring
    private let seams: Seams
    private let directory: DataDirectory
    private let logger: Logger
    /// Tells temporary names of several processes apart.
    private let writer: String
    private let published = Mutex<Set<String>>([])
    /// Tells temporary names of one process apart.
    private let count = Mutex(0)

    init(keyring: Keyring, seams: Seams, directory: DataDirectory, logger: Logger, writer: String) {
        (self.keyring, self.seams, self.directory) = (keyring, seams, directory)
        (self.logger, self.writer) = (logger, writer)
    }

    /// Sees to it that a key's public half is in the list, before it signs for the first time.
    func publish(_ key: SigningKey) async {
        if published.withLock({ $0.contains(key.fingerprint) }) { return }
        do throws(KeyError) { try await publishKeys() } catch {
            logger.error("the public keys cannot be read", metadata: ["error": "\(error)"])
        }
    }

    /// Brings the list of public keys up to date.
    func publishKeys() async throws(KeyError) {
        let manifest = try await keyring.manifest()
        guard await write(PublicKeyList(manifest).json, to: directory.publicKeys) else { return }
        published.withLock { $0 = Set(manifest.signing.map(\.fingerprint)) }
    }

    /// Brings the list of trails up to date: DescribeTrails' answer.
    func publishTrails(_ trails: [Trail]) async {
        let list = TrailList(trailList: trails.sorted { $0.arn < $1.arn }.map(TrailList.Entry.init))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(list) else { preconditionFailure("a list of trails can be written") }
        _ = await write(Array(data) + [UInt8(ascii: "\n")], to: directory.trailList)
    }

    /// Replaces a file, if it is not as it should be.
    private func write(_ bytes: [UInt8], to path: String) async -> Bool {
        do throws(DiskError) {
            do throws(DiskError) {
                if try await seams.disk.readFile(path, limit: Self.byteCountMax) == bytes { return true }
            } catch .notFound {}
            try await seams.disk.makeDirectory(directory.buckets)
            let number = count.withLock { count in
                count += 1
                return count
            }
            let new = "\(path).\(writer)-\(number).new"
            try await seams.disk.remove(new)
            try await seams.disk.put(bytes, at: new)
            try await seams.disk.rename(new, to: path)
            return true
        } catch {
            logger.error(
                "a file beside the archive could not be written", metadata: ["path": "\(path)", "error": "\(error)"])
            return false
        }
    }
}
