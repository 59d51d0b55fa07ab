import CairnFormat
import CairnObjects
import CairnRemote
import CairnSystem
import CairnTestKit
import Foundation
import Testing

/// Against moto's server in the Python environment that Tools/install makes; `CAIRN_PYTHON` names its interpreter.
@Suite(
    "Buckets in S3 keep the promises of a store", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["CAIRN_PYTHON"] != nil, "CAIRN_PYTHON is not set: run Tools/test"))
struct S3StoreTests {
    @Test(
        "the rules of the seam, whether the store knows conditions or is looked at first",
        arguments: S3Settings.Puts.allCases)
    func spec(_ puts: S3Settings.Puts) async throws {
        let server = try S3Server()
        defer { server.stop() }
        let store = try server.store { $0.puts = puts }
        let older = try server.store { ($0.puts, $0.lists) = (puts, .v1) }
        for rule in ObjectStoreSpec.rules {
            // A store that knows no conditions cannot promise this.
            if puts == .checked, "\(rule)".contains("exactly one wins") { continue }
            try server.empty()
            do { try await rule.check(store) } catch { Issue.record("\(rule): \(error)") }
            try server.empty()
            do { try await rule.check(older) } catch { Issue.record("with lists of v1, \(rule): \(error)") }
        }
        await store.close()
        await older.close()
    }

    @Test("a large object is put in parts, and is whole or not there")
    func parts() async throws {
        let server = try S3Server()
        defer { server.stop() }
        try server.empty()
        // S3's smallest part is 5 MiB.
        let store = try server.store { ($0.partsFromByteCount, $0.partByteCount) = (11 << 20, 5 << 20) }
        let location = ObjectLocation(bucket: try BucketName("spec-bucket"), key: try ObjectKey("a/large one"))
        let bytes = (0..<(12 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let etag = try await store.put(bytes, at: location, metadata: ["k": "v"])
        let there = try await store.get(location, limit: bytes.count)
        #expect(there.bytes == bytes && there.head.etag == etag && there.head.metadata == ["k": "v"])
        let part = try await store.get(location, range: 5_000_000..<6_000_000, ifETag: etag)
        #expect(part.elementsEqual(bytes[5_000_000..<6_000_000]))
        await #expect(throws: ObjectError.exists(location)) {
            try await store.put(bytes, at: location, metadata: [:])
        }
        await store.close()
    }

    /// What a store may answer, and what it means.
    static let answers: [(key: String, kind: String, says: String, attempts: Int)] = [
        ("denied", "denied", "AccessDenied: because", 1), ("skewed", "denied", "clock", 1),
        ("expired", "denied", "ExpiredToken", 2), ("no-bucket", "denied", "make the bucket", 1),
        ("elsewhere", "denied", "eu-west-1", 1), ("fails", "unavailable", "InternalError", 4),
        ("no-xml", "unavailable", "status 500", 4), ("nothing", "notFound", "does not exist", 1),
        ("other-checksum", "unavailable", "checksum", 1),
        ("two-etags", "unavailable", "names no etag of it, or two", 1),
        ("not-ours", "denied", "its owner", 1), ("large", "tooLarge", "1000 bytes", 1),
        ("cut-short", "unavailable", "127.0.0.1", 4), ("slow", "unavailable", "did not come within 1 s", 4),
    ]

    @Test("each answer that is no success means one thing to who asked, and is tried again where that may help")
    func failures() async throws {
        let server = try S3Server("s3_faults.py")
        defer { server.stop() }
        let store = try server.store()
        let hasty = try server.store { $0.timeoutSeconds = 1 }
        let owned = try server.store { $0.bucketOwner = try? AccountID("111122223333") }
        for answer in Self.answers {
            let store = ["slow": hasty, "not-ours": owned][answer.key] ?? store
            let location = ObjectLocation(bucket: try BucketName("bucket"), key: try ObjectKey(answer.key))
            do throws(ObjectError) {
                _ = try await store.get(location, limit: 100)
                Issue.record("\(answer.key) is no failure")
            } catch {
                #expect(
                    "\(error)".contains(answer.says) && "\(Self.kind(error))" == answer.kind, "\(answer.key): \(error)")
            }
        }
        let counts = ObjectLocation(bucket: try BucketName("bucket"), key: try ObjectKey("attempts"))
        let attempts = try JSONDecoder().decode(
            [String: Int].self, from: Data(try await store.get(counts, limit: 1 << 20).bytes))
        for answer in Self.answers { #expect(attempts[answer.key] == answer.attempts, "attempts at \(answer.key)") }
        await store.close()
        await hasty.close()
        await owned.close()
    }

    private static func kind(_ error: ObjectError) -> String {
        switch error {
        case .exists: "exists"
        case .notFound: "notFound"
        case .changed: "changed"
        case .tooLarge: "tooLarge"
        case .denied: "denied"
        case .unavailable: "unavailable"
        case .unacceptable: "unacceptable"
        }
    }

    @Test(
        "a put goes through after a few refusals; one without an etag, or with an error in its success, does not count")
    func puts() async throws {
        let server = try S3Server("s3_faults.py")
        defer { server.stop() }
        let store = try server.store { ($0.partsFromByteCount, $0.partByteCount) = (10, 10) }
        func at(_ key: String) throws -> ObjectLocation {
            ObjectLocation(bucket: try BucketName("bucket"), key: try ObjectKey(key))
        }
        #expect(try await store.put([1], at: at("passes"), metadata: [:]) == "\"1\"")
        for (key, bytes) in [("no-etag", [1]), ("parts", [UInt8](repeating: 1, count: 20))] as [(String, [UInt8])] {
            await #expect(throws: ObjectError.self) { try await store.put(bytes, at: at(key), metadata: [:]) }
        }
        let bomb = await #expect(throws: ObjectError.self) {
            _ = try await store.list(try BucketName("bomb-bucket"), prefix: "", after: nil, limit: 10)
        }
        #expect("\(try #require(bomb))".contains("no XML that is read here"))
        await store.close()
    }

    @Test("a store that takes a condition and overwrites all the same is found out at the first put")
    func conditions() async throws {
        let server = try S3Server("s3_faults.py")
        defer { server.stop() }
        let store = try server.store()
        func at(_ bucket: String, _ key: String) throws -> ObjectLocation {
            ObjectLocation(bucket: try BucketName(bucket), key: try ObjectKey(key))
        }
        let error = await #expect(throws: ObjectError.self) {
            try await store.put([1], at: at("careless-bucket", "careless"), metadata: [:])
        }
        #expect("\(try #require(error))".contains("--s3-puts checked"))
        _ = try await store.put([1], at: at("careful-bucket", "careful"), metadata: [:])
        // Seen once, it is believed.
        _ = try await store.put([1], at: at("careful-bucket", "careless"), metadata: [:])
        let denied = await #expect(throws: ObjectError.self) {
            try await store.put([1], at: at("bucket", "only-lists"), metadata: [:])
        }
        let said = try #require(denied)
        #expect("\(said)".contains("AccessDenied") && Self.kind(said) == "denied")
        await store.close()
    }

    @Test("a store is asked to encrypt as CloudTrail asks, and must say that it does")
    func encryption() async throws {
        let server = try S3Server("s3_faults.py")
        defer { server.stop() }
        let store = try server.store()
        let key = try KeyARN("arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000")
        let rules = StorageRules(
            encryption: .kms(key: key, trailARN: "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"), lock: nil)
        let protection = ObjectProtection(rules, from: Timestamp(milliseconds: 0))
        func put(_ key: String) async throws {
            let location = ObjectLocation(bucket: try BucketName("bucket"), key: try ObjectKey(key))
            try await store.replace([1], at: location, metadata: [:], protection: protection, ifETag: "\"0\"")
        }
        try await put("encrypts")
        let error = await #expect(throws: ObjectError.self) { try await put("ignores") }
        #expect("\(try #require(error))".contains("CairnNotEncrypted"))
        await store.close()
    }

    @Test("the bucket stands in the host's name, and is followed to another Region of the endpoint, signed for it")
    func hosts() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try S3Server("s3_faults.py", arguments: [folder.path()])
        defer { server.stop() }
        let endpoint = try ServiceEndpoint("https://s3.{region}.cairn.test:\(server.port)")
        let store = try server.store { settings in
            settings.endpoint = endpoint
            settings.isPathStyle = false
            settings.authorityFile = folder.path() + "/authority.pem"
            settings.addresses = [
                "bucket.s3.us-east-1.cairn.test": "127.0.0.1", "bucket.s3.eu-west-1.cairn.test": "127.0.0.1",
            ]
        }
        let location = ObjectLocation(bucket: try BucketName("bucket"), key: try ObjectKey("moved"))
        for _ in 0..<2 { #expect(try await store.get(location, limit: 100).bytes == Array("/moved".utf8)) }
        await store.close()
    }

    @Test("a store with a certificate of its own is trusted when its file is named, and not otherwise")
    func authority() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try S3Server("s3_faults.py", arguments: [folder.path()])
        defer { server.stop() }
        let location = ObjectLocation(bucket: try BucketName("bucket"), key: try ObjectKey("passes"))
        let trusting = try server.store { $0.authorityFile = folder.path() + "/authority.pem" }
        try await trusting.put([1], at: location, metadata: [:])
        await trusting.close()
        let strange = try server.store()
        let error = await #expect(throws: ObjectError.self) { try await strange.put([1], at: location, metadata: [:]) }
        #expect("\(try #require(error))".contains("CERTIFICATE_VERIFY_FAILED"))
        await strange.close()
        let problem = #expect(throws: CredentialsProblem.self) {
            _ = try server.store { $0.authorityFile = folder.path() + "/key.pem" }
        }
        #expect("\(try #require(problem))".contains("no file of certificates"))
    }
}
