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

    /// A log file as it lies in a bucket.
    private struct File {
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

    // MARK: Liveness

    /// Waits until everything that came in is delivered, announced and digested: it must be so within a stated time.
    ///
    /// - Returns: the newest digests that everybody must have heard of by then.
    func waitUntilDrained() async -> [DigestObject] {
        let until = world.time.uptime + Simulation.drainLimit
        var last: String? = "nothing was looked at"
        var newest: [DigestObject] = []
        // What was cut last is digested only when its interval has ended.
        var digests: Int64?
        while world.time.uptime < until {
            // What cannot be read now may be once the node has started again.
            do {
                let keys = try await keyring.logKeys()
                newest = try await HeadDocuments(console.catalog).list().compactMap(\.previous).map(DigestObject.init)
                last = await console.backlog(keys)
                if last == nil {
                    if digests == nil { digests = try await console.nextDigests() }
                    last =
                        world.time.now.seconds < (digests ?? 0) + 2
                        ? "the next digests are not due" : await console.lateDigest()
                }
                // The last digest of a trail that was stopped may be tried again after a pause.
                if last == nil { last = try await untimelyChain() }
                if last == nil { last = try await unforwarded(keys) }
                if last == nil { last = try await unsent(keys) }
                if last == nil { last = await undrained() }
            } catch { last = "\(error)" }
            if last == nil { break }
            await world.pause(.seconds(1))
        }
        if let last { world.violated("liveness: \(Simulation.drainLimit) after faults stopped: \(last)") }
        world.note("drained")
        return newest
    }

    /// What was not passed on yet; nil: nothing.
    private func unforwarded(_ keys: LogKeys) async throws -> String? {
        let overview = try await SubscriptionOverview.read(
            console.subscriptions(keys), partitionCount: world.plan.partitionCount)
        let behind = overview.reduce(0) { $0 + $1.behind }
        return behind == 0 ? nil : "\(behind) notices are not passed on"
    }

    /// What was not sent on yet, of single events; nil: nothing.
    private func unsent(_ keys: LogKeys) async throws -> String? {
        for partition in 0..<world.plan.partitionCount {
            let end = try await PartitionState.read(
                partition, catalog: console.catalog, directory: console.directory, seams: console.seams, keys: keys
            ).end
            for feed in try await FeedPlace.list(partition, in: console.catalog) where feed.next < end {
                return "\(feed.destination) had partition \(partition) up to \(feed.next) of \(end)"
            }
        }
        return nil
    }

    /// Why the queue cannot be emptied now: a command that power failed under is given again.
    private func undrained() async -> String? {
        do {
            try await consumer.drain(keyring)
            return nil
        } catch { return "\(error)" }
    }

    // MARK: The judgement

    /// - Parameter newest: of each chain, the newest digest that must be announced.
    func judge(_ newest: [DigestObject]) async -> Tally {
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
                guard let shredding = world.strangers.shreddings[file.trail], minute(of: file) <= shredding.minute,
                    await isShredded("\(file.location)")
                else { continue }
                // Sealed before its key was shredded and put after, by a worker that was paused in between: its events are of
                // that period, and nobody knows any more which they are.
                unreadable["\(file.location)"] = ledger.events.filter { $0.sentAt ?? .zero < shredding.at }.map(\.id)
            }
            await judgeEvents(
                files, gone: gone.merging(unreadable) { one, _ in one }, unreadable: Set(unreadable.keys))
            await judgePromptness(files)
            judgeNotices(files.map(\.location) + (try await digests(upTo: newest)))
            judgeClearText(files)
            await judgeFindings()
            if let chain = try await untimelyChain() { world.violated("I4: \(chain)") }
            let planted = world.strangers.plantedObjects
            try await judgeArchive(orphans, gone: Set(gone.keys), rotten: Set(rotten.keys), planted: planted)
            if world.violations.isEmpty, orphans.isEmpty, gone.isEmpty, rotten.isEmpty, planted.isEmpty,
                world.strangers.shreddedFiles.isEmpty
            {
                try await tamper(files.map(\.location))
            }
        } catch { world.violated("the oracle cannot read what is there: \(error)") }
        return tally
    }

    private var opener: LogFileOpener { LogFileOpener(console: console, keyring: keyring) }

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

    /// I6: what is to be encrypted is, and no nonce is used twice.
    private func judgeEncryption(of file: File, _ opened: LogFileOpener.Opened, _ messageIDs: inout Set<[UInt8]>) {
        let isEncrypted = opened.messageID != nil
        if isEncrypted != file.isEncrypted {
            world.violated("I6: \(file.location) is \(isEncrypted ? "" : "not ")encrypted")
        }
        if let id = opened.messageID, !messageIDs.insert(id).inserted {
            world.violated("I6: \(file.location) has the message id of another file, and with it its nonces")
        }
    }

    /// The minute of a file's cut, as digits; empty when its name has none.
    private func minute(of file: File) -> String {
        let parts = file.location.key.text.split(separator: "/").last?.split(separator: "_") ?? []
        return parts.count > 3 ? parts[parts.count - 2].filter(\.isNumber) : ""
    }

    private func isShredded(_ file: String) async -> Bool {
        let parts = file.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let bucket = try? BucketName(parts[0]), let key = try? ObjectKey(parts[1]) else {
            return false
        }
        do {
            _ = try await opener.open(ObjectLocation(bucket: bucket, key: key))
            return false
        } catch KeyError.shredded { return true } catch { return false }
    }

    /// Whether a bit of a file is still flipped: what was not committed yet may have been put again.
    private func isRotten(_ location: String, _ rotten: Strangers.Rotten) -> Bool {
        world.disk.bytes("\(console.directory.buckets)/\(location)") == rotten.bytes
            && world.strangers.deletedFiles[location] == nil
    }

    /// I7: where nothing else fails, a bucket that denies delays no other's events.
    private func judgePromptness(_ files: [File]) async {
        let harmless: Set<Fault> = [
            .storeDenies, .sentAgain, .sentTwice, .senderVanishes, .badEvent, .consumerForgets,
        ]
        guard world.plan.faults.isSubset(of: harmless) else { return }
        // Two cuts, the time that a cut waits for a lane, and what calls take.
        let limit = Duration.milliseconds(2 * world.plan.cutMilliseconds) + .seconds(3) + .seconds(4)
        for file in files where !world.wasDenied(file.location.bucket) {
            guard let at = world.putTime(file.location), let opened = try? await opener.open(file.location) else {
                continue
            }
            for id in opened.ids {
                guard let acknowledgedAt = ledger.event(id)?.acknowledgedAt, at - acknowledgedAt > limit else {
                    continue
                }
                world.violated("I7: \(id) was acknowledged at \(acknowledgedAt) and put at \(at), in \(file.location)")
            }
        }
    }

    /// I1 and I2: each acknowledged event once in its lane, and nothing that nobody sent.
    private func judgeEvents(_ files: [File], gone: [String: [String]], unreadable: Set<String>) async {
        var places: [String: [String: [String]]] = [:]
        var messageIDs: Set<[UInt8]> = []
        for file in files where !unreadable.contains("\(file.location)") {
            let opened: LogFileOpener.Opened
            do { opened = try await opener.open(file.location) } catch {
                world.violated("I2: \(file.location) cannot be read: \(error)")
                continue
            }
            judgeEncryption(of: file, opened, &messageIDs)
            for record in opened.records {
                guard let id = LogFileOpener.Opened.member("eventID", of: record) else {
                    world.violated("I2: a record without an id in \(file.location)")
                    continue
                }
                places[file.trail, default: [:]][id, default: []].append("\(file.location)")
                guard let event = ledger.event(id) else {
                    if LogFileOpener.Opened.member("eventSource", of: record)?.hasSuffix(".cairn") != true {
                        world.violated("I2: nobody sent the event \(id) in \(file.location)")
                    }
                    continue
                }
                if !event.isDelivered(as: record) { world.violated("I2: \(id) came out as \(record)") }
                if !file.location.key.text.contains("/CloudTrail/\(event.region)/") {
                    world.violated("I2: \(id) of \(event.region) is in \(file.location)")
                }
            }
        }
        let damaged = world.strangers.damagedEvents
        for trail in Story.trails {
            let found = places[trail] ?? [:]
            let excused = Set(gone.filter { Self.isFile($0.key, of: trail) }.flatMap(\.value))
            for event in ledger.events {
                let count = found[event.id]?.count ?? 0
                if count == 0, excused.contains(event.id) { continue }
                // What the log lost to damage it does not recognise either when it comes again.
                if damaged.contains(event.id) { continue }
                // What comes again when it is forgotten is stored again.
                if count > 1, isForgotten(event) { continue }
                switch ledger.due(event, trail) {
                case .once where count != 1, .atMostOnce where count > 1, .never where count != 0:
                    world.violated(
                        "I1: \(event.id) of \(event.region) is \(count) times in the files of \(trail), due is "
                            + "\(ledger.due(event, trail)): sent \(event.sentAt ?? .zero), acknowledged "
                            + "\(event.acknowledgedAt.map { "\($0)" } ?? "never"), in \(found[event.id] ?? [])")
                default: break
                }
                if trail == Listener.trail { judgeListener(event) }
            }
            for (id, where_) in found.sorted(by: { $0.key < $1.key }) where where_.count > 1 && ledger.event(id) == nil
            {
                world.violated("I1: the event \(id) of cairn is in \(where_) of \(trail)")
            }
        }
    }

    /// I5: what is due to a trail that sends its events on was taken, and nothing else.
    private func judgeListener(_ event: SentEvent) {
        let count = world.listener.taken[event.id] ?? 0
        switch ledger.due(event, Listener.trail) {
        case .once where count == 0 && world.strangers.logFilesTaken == 0:
            world.violated("I5: \(event.id) of \(event.region) was never sent to the listener")
        case .never where count > 0:
            world.violated("I5: \(event.id) of \(event.region) was sent to the listener, and is not its trail's")
        default: break
        }
    }

    /// Whether an event was sent again so late that the door need not have known it any more.
    private func isForgotten(_ event: SentEvent) -> Bool {
        guard let first = event.sentAt, let last = event.lastSentAt else { return false }
        return last - first > .seconds(world.plan.windowSeconds / 3)
    }

    private static func isFile(_ location: String, of trail: String) -> Bool {
        Story.trail(of: String(location.drop { $0 != "/" }.dropFirst())) == trail
    }

    /// The digests that are there, those that came after `newest` left out.
    private func digests(upTo newest: [DigestObject]) async throws -> [ObjectLocation] {
        guard world.announcesDigests else { return [] }
        let ends = Dictionary(newest.map { ($0.series, $0.end) }) { max($0, $1) }
        return try await opener.listDigests().filter { location in
            let digest = DigestObject(location.key)
            // The first trail announces its log files alone.
            return digest.trail != "main" && ends[digest.series].map { digest.end <= $0 } ?? false
                && !world.strangers.plantedObjects.contains("\(location)")
        }
    }

    /// I5: every file and every digest was announced.
    private func judgeNotices(_ objects: [ObjectLocation]) {
        let announced = consumer.announced
        for document in world.documents.snapshot() where document.key.description.hasPrefix("queues/") {
            world.trace.aside("\(document.key): \(String(decoding: document.body, as: UTF8.self))")
        }
        for object in objects where announced["\(object)"] == nil {
            world.violated("I5: \(object) was never announced")
        }
        let taken = world.subscriber.taken
        for object in objects where taken["\(object)"] == nil {
            world.violated("I5: \(object) was never passed on")
        }
        for text in world.subscriber.strange { world.violated("I5: the subscriber got \(text)") }
    }

    /// I6: nothing readable rests without a key.
    private func judgeClearText(_ files: [File]) {
        let mark = Array(SentEvent.mark.utf8)
        for path in world.disk.paths(containing: "/data/") {
            if let bytes = world.disk.bytes(path), Self.contains(bytes, mark) {
                world.violated("I6: an event stands in clear in \(path)")
            }
        }
        for document in world.documents.snapshot() where Self.contains(document.body, mark) {
            world.violated("I6: an event stands in clear in the document \(document.key)")
        }
    }

    private static func contains(_ bytes: [UInt8], _ mark: [UInt8]) -> Bool {
        guard bytes.count >= mark.count else { return false }
        for start in 0...bytes.count - mark.count
        where bytes[start] == mark[0] && bytes[start..<start + mark.count].elementsEqual(mark) {
            return true
        }
        return false
    }

    /// Nothing is reported that did not happen.
    private func judgeFindings() async {
        do throws(CatalogError) {
            let findings = try await console.catalog.findings()
            // What is said of a file is what a gap that is told already did to it.
            let gaps = findings.filter { $0.kind == .logGap && $0.subject.hasPrefix("partition ") }
            if gaps.count > world.strangers.damagedFrameCount {
                world.violated("more gaps than damaged frames: \(gaps.map(\.text))")
            }
            for finding in findings where !isExpected(finding) {
                world.violated("a finding that nothing explains: \(finding.kind) \(finding.subject): \(finding.text)")
            }
        } catch { world.violated("findings cannot be read: \(error)") }
        for path in world.disk.paths(containing: "/data/quarantine/")
        where world.strangers.damagedFrameCount == 0 && world.strangers.plantedObjects.isEmpty
            && world.strangers.rottenFiles.isEmpty
        {
            if await isShreddedAttempt(path) { continue }
            world.violated("something is in quarantine: \(path)")
        }
    }

    /// Whether a file on the disk is sealed under a key that was shredded: it gave way to a fresh one before anybody was told of it.
    private func isShreddedAttempt(_ path: String) async -> Bool {
        guard let bytes = world.disk.bytes(path), let header = try? EncryptedHeader.parse(bytes).header,
            let name = header.dataKeys.first?.rawName(namespace: TrailKeyName.namespace)
        else { return false }
        return (try? await keyring.manifest().isShredded(name)) ?? false
    }

    private func isExpected(_ finding: CairnCatalog.Finding) -> Bool {
        switch finding.kind {
        case .logGap: world.strangers.damagedFrameCount > 0
        case .logFileGone: world.strangers.logFilesTaken > 0
        case .clockLeapt: world.plan.faults.contains(.clockLeaps)
        case .reAimed: world.plan.faults.contains(.bucketMoved)
        case .missingObject: !world.strangers.deletedFiles.isEmpty || !world.strangers.rottenFiles.isEmpty
        case .plantedObject: !world.strangers.plantedObjects.isEmpty || !world.strangers.rottenFiles.isEmpty
        default: false
        }
    }

    /// I4: a chain is open if and only if its trail logs. One that is not as it should be; nil: there is none.
    private func untimelyChain() async throws -> String? {
        let trails = ledger.trails
        for head in try await HeadDocuments(console.catalog).list() {
            let isLogging = trails[head.name.trail.text]?.isLogging ?? false
            if head.isOpen != isLogging {
                return "the chain \(head.name) is \(head.isOpen ? "open" : "closed"), its trail logs: \(isLogging)"
            }
        }
        return nil
    }
}
