import CairnFormat
import CairnKeys
import CairnNative
import CairnRemote
import CairnSystem
import CairnTestKit
import Foundation
import Testing

/// Against moto's server in the Python environment that Tools/install makes; `CAIRN_PYTHON` names its interpreter.
@Suite(
    "A KMS over HTTP keeps the promises of a key service",
    .enabled(if: ProcessInfo.processInfo.environment["CAIRN_PYTHON"] != nil, "CAIRN_PYTHON is not set: run Tools/test"))
struct RemoteKMSTests {
    @Test("the rules of the seam; describing a key; wrapping under another one")
    func spec() async throws {
        let server = try KMSServer()
        do { try await check(server) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }

    private func check(_ server: KMSServer) async throws {
        let kms = server.kms
        let (key, other) = (server.keys[0], server.keys[1])
        let unknown = KeyARN(
            region: key.region, account: key.account, id: UniqueID(random: [UInt8](repeating: 9, count: 16)))
        for rule in KeyServiceSpec.rules {
            do {
                try await rule.check(KeyServiceSpec.Subject(kms, key: key, unknownKey: unknown))
            } catch { Issue.record("\(rule): \(error)") }
        }
        let described = try await kms.describe(key.description)
        #expect(described.arn == key && described.state == "Enabled")
        #expect(try await kms.describe(key.id).arn == key)
        await #expect(throws: KeyError.self) { _ = try await kms.describe("\(unknown)") }
        let context = try EncryptionContext(["a": "b"])
        let made = try await kms.dataKey(
            for: KeyUse(
                key: key, trail: UniqueID(random: [UInt8](repeating: 1, count: 16)), account: key.account,
                context: context))
        let moved = try await kms.reEncrypt(made.wraps[0], context: context, to: other)
        #expect(moved.info == Array(other.description.utf8) && moved != made.wraps[0])
        let opened = try await kms.open(moved, context: context)
        let isSame = made.secret.equals(opened)
        #expect(isSame)
    }

    @Test(
        "an endpoint without TLS is taken on this machine only",
        arguments: [
            ("https://kms.us-east-1.amazonaws.com", true), ("http://127.0.0.1:1", true), ("http://localhost", true),
            ("http://[::1]:8", true), ("http://10.0.0.1", false), ("http://127.0.0.1.example.com", false),
            ("https://a/b", false), ("https://u@h", false), ("kms", false), ("", false), ("https://", false),
        ])
    func endpoints(_ endpoint: String, _ isTaken: Bool) async {
        let credentials = SigV4Credentials(
            accessKeyID: "A", secretAccessKey: KeyMaterial(Secret(Array("s".utf8).span)))
        do throws(KeyError) {
            let kms = try RemoteKMS(
                endpoint: endpoint, credentials: credentials, time: ManualTime(now: .init(milliseconds: 0)))
            await kms.close()
            #expect(isTaken)
        } catch { #expect(!isTaken && "\(error)".contains("the KMS endpoint")) }
    }
}
