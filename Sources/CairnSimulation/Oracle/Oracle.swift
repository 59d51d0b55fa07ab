import CairnCatalog
import CairnDelivery
import CairnDigests
import CairnDocuments
import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects
import CairnServer
import CairnSystem
import CairnTestKit
import CairnTopics

/// Judges what a run has left behind, by the invariants of the design and by its own memory of what was acknowledged.
struct Oracle: Sendable {
    /// What there was to judge.
    struct Tally: Sendable {
        var eventCount = 0
        var fileCount = 0
        var drainedAtCall = 0
    }

    /// What a run had come to when everything was drained.
    struct Drained: Sendable {
        /// Of each chain, the newest digest that must be announced.
        var newest: [DigestObject] = []
        /// The log files that digests must speak of.
        var files: Set<String> = []
    }

    /// A log file as it lies in a bucket.
    struct File {
        var location: ObjectLocation
        var trail: String
        var isEncrypted: Bool
    }

    let console: Console
    let ledger: Ledger
    let consumer: Consumer
    let keyring: Keyring
    var world: World { console.world }

    init(_ console: Console, _ ledger: Ledger, _ consumer: Consumer, _ keyring: Keyring) {
        (self.console, self.ledger, self.consumer, self.keyring) = (console, ledger, consumer, keyring)
    }

    // MARK: The judgement

    func judge(_ drained: Drained) async -> Tally {
        var tally = Tally()
        do {
            var files = try await files()
            tally.fileCount = files.count
            let orphans = try await orphans(among: files)
            files.removeAll { orphans.contains("\($0.location)") }
            tally.eventCount = ledger.acknowledgedCount
            let there = Set(files.map { "\($0.location)" })
            // What becomes of a twin that nobody was told of concerns nobody.
            func isTold(_ location: String) -> Bool { orphans.isEmpty || consumer.announced[location] != nil }
            let gone = world.strangers.deletedFiles.filter { !there.contains($0.key) && isTold($0.key) }
            let rotten = world.strangers.rottenFiles.filter { isRotten($0.key, $0.value) && isTold($0.key) }
            var unreadable = rotten.mapValues(\.events)
            // What was shredded is opened by nobody; what of it still opens is judged like all others.
            for (file, events) in world.strangers.shreddedFiles where await isShredded(file) {
                unreadable[file] = events
            }
            for file in files where unreadable["\(file.location)"] == nil {
                let shredding = world.strangers.shreddings[file.trail]?.last { minute(of: file) <= $0.minute }
                guard let shredding, await isShredded("\(file.location)") else { continue }
                // Sealed before its key was shredded and put after, by a worker that was paused in between: its events are of
                // that period, and nobody knows any more which they are.
                unreadable["\(file.location)"] = ledger.events.filter { $0.sentAt ?? .zero < shredding.at }.map(\.id)
            }
            await judgeEvents(
                files, gone: gone.merging(unreadable) { one, _ in one }, unreadable: Set(unreadable.keys))
            await judgeShredding(files)
            await judgePromptness(files)
            judgeNotices(files.map(\.location) + (try await digests(upTo: drained.newest)))
            judgeClearText(files)
            await judgeFindings()
            if let chain = try await untimelyChain() { world.violated("I4: \(chain)") }
            let planted = standingPlants()
            try await judgeListing(drained.files.subtracting(orphans), planted: planted)
            try await judgeArchive(orphans, gone: Set(gone.keys), rotten: Set(rotten.keys), planted: planted)
            if world.violations.isEmpty, orphans.isEmpty, gone.isEmpty, rotten.isEmpty,
                world.strangers.plantedObjects.isEmpty,
                world.strangers.shreddedFiles.isEmpty
            {
                try await tamper(files.map(\.location))
            }
        } catch { world.violated("the oracle cannot read what is there: \(error)") }
        return tally
    }

    var opener: LogFileOpener { LogFileOpener(console: console, keyring: keyring) }

    private func files() async throws -> [File] {
        var files: [File] = []
        for location in try await opener.list() {
            guard let trail = Story.trail(of: location.key.text) else {
                world.violated("nobody knows what \(location) is")
                continue
            }
            files.append(File(location: location, trail: trail, isEncrypted: trail != "second"))
        }
        return files
    }

    /// Files that stand in two buckets, as they may where an operator moved the bucket while a put had no answer (design 5.7):
    /// the finding says so, and one of both is announced and listed.
    private func orphans(among files: [File]) async throws -> Set<String> {
        guard try await console.catalog.findings().contains(where: { $0.kind == .reAimed }) else { return [] }
        func name(_ location: String) -> Substring { location.split(separator: "/").last ?? "" }
        let announced = consumer.announced
        // One of the two may have been deleted since.
        let all = Set(files.map { "\($0.location)" }).union(world.strangers.deletedFiles.keys)
        let twins = Dictionary(grouping: all) { name($0) }.values.filter { $0.count == 2 }
        return Set(twins.flatMap { $0 }.filter { announced[$0] == nil })
    }

    /// The minute of a file's cut, as digits; empty when its name has none.
    func minute(of file: File) -> String {
        let parts = file.location.key.text.split(separator: "/").last?.split(separator: "_") ?? []
        return parts.count > 3 ? parts[parts.count - 2].filter(\.isNumber) : ""
    }

    func isShredded(_ file: String) async -> Bool {
        let parts = file.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let bucket = try? BucketName(parts[0]), let key = try? ObjectKey(parts[1]) else {
            return false
        }
        do {
            _ = try await opener.open(ObjectLocation(bucket: bucket, key: key))
            return false
        } catch KeyError.shredded { return true } catch { return false }
    }

    /// What strangers planted and cairn has not overwritten.
    private func standingPlants() -> Set<String> {
        let planted = world.strangers.plantedObjects.filter { location, bytes in
            world.disk.bytes("\(console.directory.buckets)/\(location)") == bytes
        }
        return Set(planted.keys)
    }

    /// Whether a bit of a file is still flipped: what was not committed yet may have been put again.
    private func isRotten(_ location: String, _ rotten: Strangers.Rotten) -> Bool {
        world.disk.bytes("\(console.directory.buckets)/\(location)") == rotten.bytes
            && world.strangers.deletedFiles[location] == nil
    }
}
