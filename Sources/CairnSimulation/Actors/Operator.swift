import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnKeys
import CairnObjects
import CairnServer
import CairnSystem
import CairnTestKit
import CairnTrails

/// Somebody who changes trails and keys while everything goes on.
struct Operator: Sendable {
    let console: Console
    let ledger: Ledger
    let machine: Machine
    private let dice: SeededRandom
    private let actor = KeyActor(.operator, name: "sim")
    private var world: World { console.world }

    init(_ console: Console, _ ledger: Ledger, _ machine: Machine) {
        (self.console, self.ledger, self.machine) = (console, ledger, machine)
        dice = console.world.dice("operator")
    }

    // MARK: The beginning

    /// Waits until the node has set its data directory up.
    func waitForDeployment() async {
        while ((try? await console.catalog.principals()) ?? []).isEmpty { await world.pause(.milliseconds(100)) }
    }

    /// Makes the trails that the plan wants beside the first.
    func makeTrails() async {
        var models = ["main": Story.model(of: "main")]
        for name in Story.trails.prefix(world.plan.trailCount) { models[name] = Story.model(of: name) }
        let wanted = models
        await change(to: wanted) { (snapshot) throws(CatalogError) in
            for name in wanted.keys.sorted() where name != "main" {
                snapshot.trails.append(try make(name, wanted[name]))
            }
        }
        guard wanted[Listener.trail] != nil else { return }
        // From when its readers have begun, the listener gets all.
        for partition in 0..<world.plan.partitionCount {
            while ((try? await FeedPlace.list(partition, in: console.catalog)) ?? []).isEmpty {
                await world.pause(.milliseconds(100))
            }
        }
    }

    private func make(_ name: String, _ model: TrailModel?) throws(CatalogError) -> Trail {
        do {
            let model = model ?? Story.model(of: name)
            return try Trail(
                id: UniqueID(random: dice.bytes(16)), name: try TrailName(name), account: Story.account,
                homeRegion: .usEast1, bucket: model.bucket, prefix: Story.prefix(of: name),
                topic: Establishing.topicName, announcesDigests: world.announcesDigests,
                isMultiRegion: model.isMultiRegion,
                validatesLogFiles: true,
                isLogging: model.isLogging, kmsKey: name == "third" ? Story.kmsKey : nil,
                logGroup: name == Listener.trail ? Listener.destination : nil,
                selectors: Story.selectors(model.takes))
        } catch { throw .refused("\(error)") }
    }

    /// Changes the routing, and waits until the change is in force.
    private func change(
        to trails: [String: TrailModel], _ edit: (inout MatcherSnapshot) throws(CatalogError) -> Void
    ) async {
        ledger.begin(trails, at: world.time.uptime)
        do throws(CatalogError) {
            let revision = try await console.catalog.changeRouting(edit)
            world.note("operator: routing revision \(revision)")
            while try await console.catalog.appendedRevision() < revision { await world.pause(.milliseconds(50)) }
        } catch { world.violated("an operator's change fails: \(error)") }
        ledger.end(at: world.time.uptime)
    }

    // MARK: What goes on

    func run(_ keyring: Keyring) async {
        let plan = world.plan
        let kinds: [Fault] = [
            .trailChanged, .selectorsChanged, .bucketMoved, .loggingStopped, .loggingStarted, .trailRemade,
            .keyRotated, .keyRewrapped, .keyDestroyed, .trailKeyRenewed, .keyDisabled, .keyShredded,
        ].filter { plan.faults.contains($0) }
        guard !kinds.isEmpty else { return }
        for _ in 0..<plan.changeCount {
            await world.pause(.milliseconds(dice.below(2_000 * plan.seconds / plan.changeCount)))
            await act(kinds[dice.below(kinds.count)], keyring)
        }
    }

    private func act(_ kind: Fault, _ keyring: Keyring) async {
        let name = Story.trails[dice.below(world.plan.trailCount)]
        var models = ledger.trails
        guard var model = models[name] else { return }
        switch kind {
        case .trailChanged: break
        case .selectorsChanged:
            model.takes = [.management, .managementWrites, .managementAndObjects][dice.below(3)]
        case .bucketMoved: model.bucket = Story.buckets(of: name).first { $0 != model.bucket } ?? model.bucket
        case .loggingStopped: model.isLogging = false
        case .loggingStarted: model.isLogging = true
        case .trailRemade: break
        case .keyShredded: return await shred("main", keyring)
        default: return await turn(kind, keyring)
        }
        world.count(kind)
        world.note("operator: \(kind.rawValue): \(name)")
        let changed = model
        models[name] = changed
        // A trail that goes away while its bucket takes nothing leaves lanes behind that deliver when the new one is there.
        let isHeld = kind == .trailRemade && world.plan.faults.contains(.storeDenies) && dice.below(2) == 0
        if isHeld {
            world.deny([changed.bucket])
            await world.pause(.milliseconds(dice.below(8_000)))
        }
        defer { if isHeld { world.deny([]) } }
        let now = world.time.now.milliseconds
        await change(to: models) { (snapshot) throws(CatalogError) in
            guard let place = snapshot.trails.firstIndex(where: { $0.name.text == name }) else {
                throw .refused("\(name) is gone")
            }
            if kind == .trailRemade {
                let old = snapshot.trails.remove(at: place)
                var new = try make(name, changed)
                new.kmsKey = old.kmsKey
                snapshot.trails.append(new)
                return
            }
            snapshot.trails[place].bucket = changed.bucket
            snapshot.trails[place].setLogging(changed.isLogging, at: now)
            snapshot.trails[place].selectors = Story.selectors(changed.takes)
            if kind == .trailChanged {
                let old = snapshot.trails[place].compression
                snapshot.trails[place].compression = old == .fast ? .balanced : .fast
            }
        }
        if isHeld {
            await world.pause(.milliseconds(dice.below(4_000)))
            if dice.below(2) == 0 { machine.running.forEach { $0.stop() } }
            await world.pause(.milliseconds(dice.below(6_000)))
        }
    }

    /// Makes a trail's files of the minute before unreadable for ever.
    private func shred(_ name: String, _ keyring: Keyring) async {
        // A minute must be over since the first key was made.
        let minute = Duration.seconds(17)
        if world.time.uptime < minute { await world.pause(minute - world.time.uptime) }
        let opener = LogFileOpener(console: console, keyring: keyring)
        guard let trail = try? await console.catalog.routing()?.trails.first(where: { $0.name.text == name }),
            let files = try? await opener.list()
        else { return }
        var readable: [String: [String]] = [:]
        for file in files where Story.trail(of: file.key.text) == name {
            if let opened = try? await opener.open(file) { readable["\(file)"] = opened.ids }
        }
        let before = world.time.now + Duration.seconds(-60)
        let period = KeyPeriod.minute.name(at: before)
        let begun = world.time.uptime - .milliseconds(60_000 + before.milliseconds % 60_000)
        do throws(KeyError) {
            let cuts = OpenCuts(catalog: console.catalog, partitionCount: world.plan.partitionCount, time: world.time)
            _ = try await keyring.shred(
                trail: trail.id, account: Story.account, period: period, isDryRun: false, by: actor
            ) { () async throws(KeyError) in
                try await cuts.settle(trail: trail.id, account: Story.account, period: period, patience: .seconds(60))
            }
            world.strangers.shredded(
                readable, of: name,
                Strangers.Shredding(
                    minute: period.filter(\.isNumber), from: begun, until: begun + .seconds(60), at: world.time.uptime,
                    isOnlyOne: world.counts[.trailRemade] == 0))
            world.count(.keyShredded)
            world.note("operator: \(name)'s keys of \(period) are shredded")
        } catch { world.note("operator: shredding \(name) \(period): \(error)") }
    }

    /// Does something with keys.
    private func turn(_ kind: Fault, _ keyring: Keyring) async {
        do throws(KeyError) {
            let key = try await keyring.standardKey(region: .usEast1, account: Story.account).arn.description
            switch kind {
            case .keyRotated: _ = try await keyring.rotate(key, by: actor)
            case .keyRewrapped: _ = try await keyring.rewrap(key, by: actor)
            case .keyDestroyed:
                _ = try await keyring.rotate(key, by: actor)
                _ = try await keyring.rewrap(key, by: actor)
                let versions = try await keyring.manifest().key(key)?.versions ?? []
                // Refused while anything needs it, such as a trail key that was made while the others were wrapped.
                for version in versions.dropLast() where version.state != .destroyed {
                    try await keyring.destroy(key, version: version.number, isForced: false, by: actor)
                }
            case .trailKeyRenewed: _ = try await keyring.rekey(trail: nil, account: Story.account, by: actor)
            default:
                try await keyring.disable(key, by: actor)
                world.note("operator: \(key) is disabled")
                await world.pause(.milliseconds(dice.below(8_000)))
                try await keyring.enable(key, by: actor)
            }
            world.count(kind)
            world.note("operator: \(kind.rawValue)")
        } catch { world.note("operator: \(kind.rawValue): \(error)") }
    }
}
