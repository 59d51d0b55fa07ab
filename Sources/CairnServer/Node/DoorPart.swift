import CairnAPI
package import CairnCatalog
import CairnDelivery
import CairnFormat
package import CairnHTTP
package import CairnKeys
package import CairnLog
import CairnNative
package import CairnSystem
import CairnTrails
package import CoreMetrics
package import Logging

/// The door's part of a node: it alone writes the log, appends markers, trims.
package struct DoorPart: Sendable {
    let seams: Seams
    let catalog: Catalog
    let deployment: Deployment
    let settings: NodeSettings
    let budget: LogBudget
    let partitions: [IntakePartition]
    package let logs: [SegmentLog]
    package let door: Door
    let findings: FindingLog
    let logger: Logger
    /// Nil: none is kept.
    let history: EventHistory?
    /// Of changes through the API.
    let turn = ChangeTurn()
    private let lock: DiskLock
    private let directory: DataDirectory

    /// Takes the door's lock, recovers the logs and brings the markers up to date.
    package static func open(
        directory: DataDirectory,
        seams: Seams,
        catalog: Catalog,
        keys: LogKeys,
        deployment: Deployment,
        settings: NodeSettings,
        history: EventHistory?,
        lock: DiskLock,
        factory: any MetricsFactory,
        logger: Logger
    ) async throws(NodeError) -> DoorPart {
        let findings = FindingLog(catalog: catalog, time: seams.time, logger: logger)
        let budget = LogBudget(limits: settings.intake)
        var partitions: [IntakePartition] = []
        var logs: [SegmentLog] = []
        var gaps: [(Int, LogGap)] = []
        for number in 0..<deployment.partitionCount {
            let known: UInt64
            do throws(CatalogError) {
                known = try await CursorDocument(catalog: catalog, partition: number).read().known
            } catch { throw .catalog(error) }
            do throws(LogError) {
                let opened = try await IntakePartition.open(
                    disk: seams.disk, random: seams.random, time: seams.time, keys: keys,
                    directory: directory.log(number),
                    quarantine: directory.quarantine, segments: settings.segments, limits: settings.intake,
                    budget: budget,
                    known: known)
                partitions.append(opened.partition)
                logs.append(opened.log)
                gaps += opened.gaps.map { (number, $0) }
            } catch { throw .log(error) }
        }
        let door = Door(
            partitions: partitions,
            routing: RoutingCache(catalog: catalog, time: seams.time),
            homeRegion: deployment.homeRegion,
            time: seams.time,
            random: seams.random,
            metrics: DoorMetrics(factory: factory),
            onConflict: { account, principal in
                await findings.add(
                    kind: .conflictingEvent, subject: "account \(account), principal \(principal)",
                    text: "an eventID came again with other bytes or from another sender; both events are stored")
            }
        )
        let part = DoorPart(
            seams: seams, catalog: catalog, deployment: deployment, settings: settings, budget: budget,
            partitions: partitions, logs: logs, door: door, findings: findings, logger: logger,
            history: history, lock: lock, directory: directory)
        await part.noteFreeSpace()
        try await part.appendMarkers()
        // A marker may have been in a gap: it is in force again from here on, if it is the newest.
        for number in Set(gaps.map(\.0)).sorted() { try await part.markAgain(number) }
        for (partition, gap) in gaps { await part.report(gap, of: partition) }
        return part
    }

    /// Markers, trimming and free space, until the task is cancelled.
    package func maintain() async {
        var round = 0
        var seen: UInt64?
        while !Task.isCancelled {
            do { try await seams.time.sleep(for: .milliseconds(250)) } catch { return }
            round += 1
            do throws(NodeError) {
                let routing = try await routingRevision()
                if routing != seen {
                    try await appendMarkers()
                    // While somebody is at a change it may not have been done.
                    if !turn.isTaken { seen = routing }
                }
                if round % 4 == 0 {
                    await noteFreeSpace()
                    try await checkFiles()
                    try await trim()
                }
                if round % 1_200 == 0 { try await forgetRouting() }
            } catch {
                logger.error("upkeep of the log failed; it is tried again", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Looks whether somebody took away a file that events are being written to.
    private func checkFiles() async throws(NodeError) {
        for log in logs {
            do throws(LogError) {
                for file in try await log.checkFile() {
                    await findings.add(
                        kind: .logFileGone, subject: file,
                        text:
                            "\(file) was removed or replaced while cairn wrote to it; it was made again from what was open, and no "
                            + "acknowledged event is lost. What stood there instead, if anything, is \(file).foreign. Find out "
                            + "who did it")
                }
            } catch { throw .log(error) }
        }
    }

    private func routingRevision() async throws(NodeError) -> UInt64? {
        do throws(CatalogError) { return try await catalog.routingDocumentRevision() } catch { throw .catalog(error) }
    }

    /// Closes the logs in order. Nothing is taken in after it.
    package func close() async {
        for log in logs { await log.close() }
    }

    /// Sees to it that a revision of the routing is in force when it returns; whoever calls it has the turn.
    func putInForce(_ revision: UInt64) async throws(NodeError) {
        do throws(CatalogError) {
            if try await catalog.appendedRevision() >= revision { return }
        } catch { throw .catalog(error) }
        try await appendMarkers(inTurn: true)
    }

    /// Appends a marker for the newest routing to every partition, if it isn't there yet.
    ///
    /// - Parameter inTurn: whether whoever calls it has written down the call that changed the routing. Others leave it to whoever
    ///   is at a change: the event of that call comes before the marker.
    func appendMarkers(inTurn: Bool = false) async throws(NodeError) {
        do throws(CatalogError) {
            guard let snapshot = try await catalog.routing(),
                snapshot.revision > (try await catalog.appendedRevision()),
                inTurn || !turn.isTaken
            else {
                return
            }
            try await catalog.keep(snapshot)
            do throws(LogError) {
                for partition in partitions { try await partition.mark(snapshot.revision, now: seams.time.now) }
            } catch { throw CatalogError.refused("the marker of a routing change cannot be appended: \(error)") }
            // Before anybody is told that it is in force.
            door.routingChanged()
            try await catalog.noteAppended(snapshot.revision)
            logger.info("routing changed", metadata: ["revision": "\(snapshot.revision)"])
        } catch {
            throw .catalog(error)
        }
    }

    /// Appends the newest marker to a partition again. Where it still stands it is passed over.
    private func markAgain(_ number: Int) async throws(NodeError) {
        let revision: UInt64
        do throws(CatalogError) { revision = try await catalog.appendedRevision() } catch { throw .catalog(error) }
        guard revision > 0 else { return }
        do throws(LogError) { try await partitions[number].mark(revision, now: seams.time.now) } catch {
            throw .log(error)
        }
    }

    /// Lets go of what is delivered, but for what is needed to recognise duplicates after a restart, and for what event history and
    /// destinations of single events have not had. When more than half of the log is taken, the former is given up step by step, the
    /// oldest first; beyond three quarters the latter, too, before anybody would be refused.
    private func trim() async throws(NodeError) {
        var cursors: [Cursor] = []
        for number in partitions.indices {
            do throws(CatalogError) {
                cursors.append(try await CursorDocument(catalog: catalog, partition: number).read())
            } catch { throw .catalog(error) }
        }
        for (partition, cursor) in zip(partitions, cursors) {
            let held = cursor.apart.filter { $0.next < cursor.next }.map(\.lane.account)
            await partition.settle(upTo: cursor.next, held: Set(held))
        }
        let followers = try await followers(at: seams.time.now.milliseconds)
        let places = zip(cursors, followers).map { min($0.trimmable, $1 ?? .max) }
        do throws(LogError) {
            for (partition, place) in zip(partitions, places) {
                try await partition.trim(upTo: place, keeping: settings.intake.windowMilliseconds)
            }
            try await trim(upTo: places) { budget.isTight }
            // The log files have what followers will not get.
            try await trim(upTo: cursors.map(\.trimmable)) { budget.isCrowded }
        } catch { throw .log(error) }
        await thin(cursors, followers: followers)
    }

    /// Gives up the window of duplicates step by step, while room is short.
    private func trim(upTo places: [UInt64], while isShort: () -> Bool) async throws(LogError) {
        for quarters in [4, 3, 2, 1, 0] as [Int64] where isShort() {
            for (partition, place) in zip(partitions, places) {
                try await partition.trim(
                    upTo: place, keeping: settings.intake.windowMilliseconds * quarters / 4)
            }
        }
        guard isShort() else { return }
        for (partition, place) in zip(partitions, places) { try await partition.drain(upTo: place) }
    }

    /// Of each partition, the first sequence that event history or some destination of single events has not had, and is waited for;
    /// nil: none is.
    private func followers(at now: Int64) async throws(NodeError) -> [UInt64?] {
        var needed: [UInt64?] = []
        do throws(CatalogError) {
            for number in partitions.indices {
                let feeds = try await FeedPlace.list(number, in: catalog).filter { $0.isWaitedFor(at: now) }
                needed.append((feeds.map(\.next) + [await history?.reached(number)].compactMap { $0 }).min())
            }
        } catch { throw .catalog(error) }
        return needed
    }

    /// Lets go of the routing that nothing undelivered needs.
    private func forgetRouting() async throws(NodeError) {
        do throws(CatalogError) {
            var oldest = UInt64.max
            for number in partitions.indices {
                oldest = min(
                    oldest, try await CursorDocument(catalog: catalog, partition: number).read().oldestRevision)
                for feed in try await FeedPlace.list(number, in: catalog) { oldest = min(oldest, feed.revision) }
            }
            try await catalog.forgetSnapshots(below: oldest)
        } catch { throw .catalog(error) }
    }

    private func noteFreeSpace() async {
        if let free = try? await seams.disk.freeByteCount(at: directory.path) { budget.noteFree(free) }
    }

    /// Writes an event of cairn's own into the log. The same event again is a duplicate.
    func append(_ event: String) async throws(DoorError) {
        let principal = Principal(
            id: "cairn", name: "cairn", accounts: nil, tokenHash: SHA256.hash(seams.random.bytes(32)))
        let answer = try await door.take(
            Array(event.utf8), Door.Request(principal: principal, peer: "local"), isCairn: true)
        if let refused = answer.refused.first {
            throw .badRequest("an event of cairn's own is refused: \(refused.refusal)")
        }
    }

    /// A gap in the log is an event of cairn's own and a finding, once.
    private func report(_ gap: LogGap, of partition: Int) async {
        let subject = "partition \(partition) sequence \(gap.from)"
        if (try? await catalog.hasFinding(.logGap, subject)) == true { return }
        let lost =
            gap.until > gap.from
            ? "sequences \(gap.from) to \(gap.until - 1) were lost to damage" : "no known sequence was lost to damage"
        let text =
            "partition \(partition): \(lost) (\(gap.reason)) in \(gap.file) at byte \(gap.offset); the file is kept in "
            + "quarantine"
        let now = EventTime(seconds: seams.time.now.seconds)
        let name = SHA256.hash(Array("gap \(deployment.id) \(partition) \(gap.from) \(gap.until)".utf8))
        let event = CairnEvent.json(
            source: "log.cairn", name: "LogGap", id: UniqueID(random: Array(name.array.prefix(16))), time: now,
            account: deployment.account, region: deployment.homeRegion,
            details: [
                ("partition", String(partition)), ("from", String(gap.from)), ("until", String(gap.until)),
                ("file", JSONText.quoted(gap.file)), ("offset", String(gap.offset)),
                ("reason", JSONText.quoted(gap.reason)),
            ])
        do throws(DoorError) { try await append(event) } catch {
            logger.error(
                "the event of a gap could not be written down; the next start does it", metadata: ["error": "\(error)"])
            return
        }
        await findings.add(kind: .logGap, subject: subject, text: text)
    }
}
