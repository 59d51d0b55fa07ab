import CairnCatalog
import CairnFormat
import CairnObjects
import CairnTestKit

/// I1, I2, I5 and I7: what became of each event.
extension Oracle {
    /// I1 and I2: each acknowledged event once in its lane, and nothing that nobody sent.
    func judgeEvents(_ files: [File], gone: [String: [String]], unreadable: Set<String>) async {
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
        var lost: [String] = []
        for trail in Story.trails {
            let found = places[trail] ?? [:]
            let excused = Set(gone.filter { Self.isFile($0.key, of: trail) }.flatMap(\.value))
            for event in ledger.events {
                let count = found[event.id]?.count ?? 0
                if count == 0, excused.contains(event.id) { continue }
                // What the log lost to damage it does not recognise either when it comes again.
                if damaged.contains(event.id) {
                    if count == 0, case .once = ledger.due(event, trail) { lost.append(event.id) }
                    continue
                }
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
        await judgeLosses(lost)
    }

    /// What damage has cost is told.
    private func judgeLosses(_ lost: [String]) async {
        guard !lost.isEmpty else { return }
        let told = try? await console.catalog.findings().contains { [.logGap, .logFileGone].contains($0.kind) }
        if told != true { world.violated("I1: \(lost) are lost to damage of the log, and no finding says so") }
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
        let (open, openings) = world.doors.between(first, last)
        // A pause counts for a sixtieth of the window at most, and an entry has the time of its request.
        let window = Duration.seconds(world.plan.windowSeconds)
        return open + window / 60 * openings >= window - .seconds(2)
    }

    private static func isFile(_ location: String, of trail: String) -> Bool {
        Story.trail(of: String(location.drop { $0 != "/" }.dropFirst())) == trail
    }

    /// I7: where nothing fails but one bucket, topic, destination or key elsewhere, no other's events wait for it.
    func judgePromptness(_ files: [File]) async {
        guard world.plan.faults.isSubset(of: Fault.local) else { return }
        let needsKMS = !world.plan.faults.isDisjoint(with: [.kmsFails, .kmsSlow])
        // Two cuts, the time that a cut waits for a lane, and what calls take.
        let limit = Duration.milliseconds(2 * world.plan.cutMilliseconds) + .seconds(3) + .seconds(4)
        for file in files where !world.wasDenied(file.location.bucket) && !(needsKMS && file.trail == "third") {
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
}
