import CairnDocuments
import CairnKeys
import CairnTestKit
import Foundation

/// A keyring that is made once for all tests: RSA keys take their time.
enum KeyringOnce {
    struct Made: Sendable {
        var documents: [Document]
        var root: RootSource
    }

    static let made = Task { () -> Made in
        let folder = NSTemporaryDirectory() + "cairn-digests-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let documents = MemoryDocuments()
        let root = RootSource.file(folder + "/root.key")
        let keyring = try await Keyring.establish(
            documents: documents, time: ManualTime(now: ChainWorld.start), random: OpenSSLRandom(), root: root,
            environment: { _ in nil })
        try await keyring.maintainSigning([ChainWorld.home, ChainWorld.other])
        return Made(documents: documents.snapshot(), root: root)
    }
}
