import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects
import CairnServer
import CairnSystem
import CairnTestKit
import CairnValidation
import Synchronization

/// The archive as the validator judges it, untouched and tampered with.
extension Oracle {
    /// I3, I4 and I9: the validator finds nothing but what strangers did.
    func judgeArchive(
        _ orphans: Set<String>, gone: Set<String>, rotten: Set<String>, planted: Set<String>
    ) async throws {
        let (result, findings) = try await validate()
        var missed = gone.union(rotten)
        // A worker that was paused may put a file again, sealed anew, though another has recorded it since, or a digest has said
        // that it is gone.
        let deleted = world.strangers.deletedFiles
        for finding in findings {
            let object = finding.object.map { $0.dropFirst("s3://".count) }.map(String.init) ?? ""
            if world.strangers.rottenFiles[object] != nil {
                missed.remove(object)
                continue
            }
            switch finding.code {
            case .logUnlisted where orphans.contains(object) || deleted[object] != nil: continue
            case .logStored where deleted[object] != nil: continue
            case .logMissing, .logLost:
                missed.remove(object)
                if deleted[object] != nil { continue }
            case .chainPrevious
            where finding.found.map { planted.contains(String($0.dropFirst("s3://".count))) } == true:
                // Where no digest is due any more cairn finds nothing that is in its way.
                continue
            default: if planted.contains(object) { continue }
            }
            world.violated("I9: the validator finds \(finding.code.rawValue) \(object): \(finding.text)")
        }
        for file in missed.sorted() {
            world.violated("I9: the validator does not miss \(file), which somebody deleted or damaged")
        }
        if findings.isEmpty, result != .holds { world.violated("I9: the validator says \(result)") }
    }

    private func validate() async throws -> (Summary.Result, [Finding]) {
        var keys = PublicKeys(pins: [])
        keys.add(PublicKeyList(try await keyring.manifest()).json, from: .given("keys"))
        var scope = Scope(now: EventTime(seconds: world.time.now.seconds))
        scope.period = Int64(world.plan.digestSeconds)
        let found = Mutex<[Finding]>([])
        let archive = Archive(.store(console.store, Story.buckets), only: nil, name: "buckets")
        let outcome = await Validation(
            archive, keys: keys, fileKeys: KeyServices(keyring: keyring, remote: world.kms), scope: scope
        ).run(
            report: { line in if case .finding(let finding) = line { found.withLock { $0.append(finding) } } },
            progress: { _ in })
        return (outcome.summary.result, found.withLock { $0 })
    }

    // MARK: Tampering

    /// What somebody may do to an object of the archive.
    private enum Tampering: CaseIterable {
        case flipsBit
        case truncates
        case extends
        case deletes
        case swaps
    }

    /// I9: one object is tampered with, and it is found.
    func tamper(_ logFiles: [ObjectLocation]) async throws {
        let dice = world.dice("tampering")
        let digests = try await digests()
        let names = Set(digests.flatMap { $0.text.split(separator: "\"") })
        let listed = logFiles.filter { names.contains(Substring($0.key.text)) }
        let objects = listed + digests.map(\.location)
        guard let victim = objects.isEmpty ? nil : objects[dice.below(objects.count)] else { return }
        let kind = Tampering.allCases[dice.below(Tampering.allCases.count)]
        var bytes = try await console.store.get(victim, limit: 1 << 26).bytes
        let before = bytes
        switch kind {
        // What the header of a gzip says of times and systems is content to nobody, until a successor lists its hash.
        case .flipsBit: bytes[10 + dice.below(bytes.count - 10)] ^= 1 << UInt8(dice.below(8))
        case .truncates: bytes.removeLast(1 + dice.below(bytes.count))
        case .extends: bytes += dice.bytes(1 + dice.below(40))
        case .deletes:
            // Whether the newest digest of a lane is gone, or late by up to a quarter of an hour, nobody can tell.
            if isNewest(victim, among: digests) { return }
            bytes = []
        case .swaps: bytes = try await console.store.get(objects[dice.below(objects.count)], limit: 1 << 26).bytes
        }
        let isDigest = victim.key.text.contains("/CloudTrail-Digest/")
        guard bytes != before, !(isDigest && isSameContent(bytes, before)) else { return }
        let path = "\(console.directory.buckets)/\(victim.bucket)/\(victim.key)"
        try await world.disk.remove(path)
        if kind != .deletes { try await world.disk.put(bytes, at: path) }
        if try await validate().0 == .holds {
            world.violated("I9: somebody \(kind) \(victim), and the validator does not see it")
        }
    }

    private func isNewest(_ location: ObjectLocation, among digests: [StoredDigest]) -> Bool {
        func name(_ location: ObjectLocation) -> Substring { location.key.text.split(separator: "/").last ?? "" }
        let mine = name(location)
        guard let end = mine.lastIndex(of: "_") else { return false }
        return !digests.contains { name($0.location).hasPrefix(mine[...end]) && name($0.location) > mine }
    }

    /// Another deflate stream of a digest that says the same.
    private func isSameContent(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard let a = try? Gunzip.member(a, limit: 1 << 26), let b = try? Gunzip.member(b, limit: 1 << 26) else {
            return false
        }
        return a == b
    }

    struct StoredDigest {
        var location: ObjectLocation
        var text: String
    }

    /// All digests that are there; what strangers planted and is none, without a text.
    func digests() async throws -> [StoredDigest] {
        var digests: [StoredDigest] = []
        for bucket in Story.buckets {
            for key in try await console.store.list(bucket, prefix: "", after: nil, limit: 100_000)
            where key.text.contains("/CloudTrail-Digest/") {
                let location = ObjectLocation(bucket: bucket, key: key)
                let bytes = try await console.store.get(location, limit: 1 << 26).bytes
                let body = (try? Gunzip.member(bytes, limit: 1 << 26)) ?? []
                let text = String(decoding: body, as: UTF8.self)
                digests.append(StoredDigest(location: location, text: text))
            }
        }
        return digests
    }
}
