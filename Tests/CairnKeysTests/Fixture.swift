import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnSystem
import CairnTestKit
import Foundation

/// A keyring in memory, under a root key of its own.
final class Fixture {
    static let account = (try? AccountID("111122223333"))!
    static let trail = UniqueID(random: [UInt8](repeating: 1, count: 16))
    static let actor = KeyActor(.operator, name: "alice")
    static let day = Duration.seconds(86_400)

    let documents: MemoryDocuments
    let time: ManualTime
    let random: SeededRandom
    let folder: String
    var root: RootSource { .file(folder + "/root.key") }

    init(seed: UInt64 = 1) throws {
        documents = MemoryDocuments()
        time = ManualTime(now: Timestamp(milliseconds: 1_772_359_964_000))
        random = SeededRandom(seed: seed)
        folder = NSTemporaryDirectory() + "cairn-keys-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func establish(_ root: RootSource? = nil) async throws(KeyError) -> Keyring {
        try await Keyring.establish(
            documents: documents, time: time, random: random, root: root ?? self.root, environment: { _ in nil })
    }

    func open(_ root: RootSource? = nil) async throws(KeyError) -> Keyring {
        try await Keyring.open(
            documents: documents, time: time, random: random, root: root ?? self.root, environment: { _ in nil })
    }

    /// A keyring with its standard key.
    func ring() async throws -> (ring: Keyring, key: KeyARN) {
        let ring = try await establish()
        return (ring, try await ring.standardKey(region: .usEast1, account: Self.account).arn)
    }

    static func context(_ name: String = "a") throws -> EncryptionContext { try EncryptionContext(["file": name]) }

    /// What a file keeps of its data key, and the key itself to compare with.
    struct Sealed {
        var wrap: WrappedDataKey
        var bytes: [UInt8]
        var version: String
    }

    static func bytes(_ secret: borrowing Secret) -> [UInt8] {
        secret.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    static func seal(
        _ ring: any KeyService, _ key: KeyARN, trail: UniqueID = trail, account: AccountID = account
    ) async throws -> Sealed {
        let dataKey = try await ring.dataKey(
            for: KeyUse(key: key, trail: trail, account: account, context: try context()))
        return Sealed(wrap: dataKey.wraps[0], bytes: bytes(dataKey.secret), version: dataKey.version)
    }

    static func opens(_ ring: any KeyService, _ sealed: Sealed) async throws -> Bool {
        let secret = try await ring.open(sealed.wrap, context: try context())
        return bytes(secret) == sealed.bytes
    }

    /// The document of the first key that has this beginning.
    func document(_ prefix: String) async throws -> Document {
        try await documents.list(prefix: prefix, after: nil, limit: 1)[0]
    }

    func replace(_ document: Document, with body: [UInt8]) async throws {
        let now = try await documents.get(document.key)
        _ = try await documents.put(document.key, body, ifRevision: now?.revision)
    }
}
