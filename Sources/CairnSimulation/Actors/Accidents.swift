import CairnCatalog
import CairnDigests
import CairnFormat
import CairnKeys
import CairnLog
import CairnObjects
import CairnServer
import CairnSystem
import CairnTestKit

/// Chance: kills processes, takes the power away, sets clocks, and makes the weather in which calls fail.
struct Accidents: Sendable {
    let machine: Machine
    let console: Console
    let keyring: Keyring
    let dice: SeededRandom
    var world: World { machine.world }

    init(_ machine: Machine, _ console: Console, _ keyring: Keyring) {
        (self.machine, self.console, self.keyring) = (machine, console, keyring)
        dice = machine.world.dice("accidents")
    }

    /// Faults that come as a spell of bad weather, with how likely they are then at each call, in thousandths.
    private static let weather: [(Fault, likelihood: Int)] = [
        (.syncFails, 160), (.writeFails, 60), (.readFails, 60), (.callFails, 100), (.callFailsAfterEffect, 100),
        (.diskSlow, 20), (.documentsSlow, 60), (.documentsFail, 100), (.documentsAnswerLost, 150), (.storeFails, 400),
        (.storeThrottles, 300), (.storeConflicts, 300),
        (.storeAnswerLost, 500), (.storeReadFlipped, 200), (.kmsFails, 800), (.kmsSlow, 900),
        (.destinationAway, 700), (.destinationAnswerLost, 400), (.destinationRefuses, 400),
        (.streamFails, 200), (.streamAnswerLost, 800), (.streamForgetsIDs, 900),
    ]

    func run() async {
        let plan = world.plan
        let kinds = Fault.allCases.filter { plan.faults.contains($0) && isAccident($0) }
        guard !kinds.isEmpty else { return }
        for _ in 0..<plan.accidentCount {
            await world.pause(.milliseconds(dice.below(2_000 * plan.seconds / plan.accidentCount)))
            let kind = kinds[dice.below(kinds.count)]
            world.note("accident: \(kind.rawValue)")
            await happen(kind)
        }
    }

    private func isAccident(_ fault: Fault) -> Bool {
        switch fault {
        case .processKilled, .processKilledInCall, .processPaused, .processRestarted, .powerLost, .powerLostInCall,
            .diskFull, .logRots, .logFileGone, .storeDenies, .topicDown, .clockStepped, .clockLeaps, .fileDeleted,
            .fileRots,
            .digestPlanted:
            true
        default: Self.weather.contains { $0.0 == fault }
        }
    }

    private func happen(_ kind: Fault) async {
        switch kind {
        case .processKilled: count(kind, victim()?.kill())
        case .processKilledInCall: victim()?.kill(afterCalls: 1 + dice.below(60))
        case .processRestarted: count(kind, victim()?.stop())
        case .processPaused:
            guard let victim = victim() else { return }
            world.count(kind)
            victim.pause(true)
            await world.pause(.milliseconds(dice.below(20_000)))
            victim.pause(false)
        case .powerLost:
            world.count(kind)
            await machine.losePower(for: .milliseconds(dice.below(5_000)))
        case .powerLostInCall:
            world.losePower(afterCalls: 1 + dice.below(80))
        case .diskFull:
            world.count(kind)
            world.disk.setFree(dice.below(100_000))
            await world.pause(.milliseconds(dice.below(10_000)))
            world.disk.setFree(.max)
        case .topicDown:
            world.count(kind)
            world.disk.deny(["\(console.directory.path)/topics"])
            await world.pause(.milliseconds(dice.below(15_000)))
            world.disk.deny([])
        case .storeDenies:
            world.deny(Set(Story.buckets.filter { _ in dice.below(3) == 0 }))
            // Now and then for long: what piles up meanwhile must come through afterwards.
            let isLong = world.plan.digestSeconds >= 20 && dice.below(8) == 0
            let least = world.plan.thinsEarly ? 20_000 : 0
            await world.pause(isLong ? .seconds(600 + dice.below(1_200)) : .milliseconds(least + dice.below(30_000)))
            world.deny([])
        case .clockStepped:
            world.count(kind)
            step(by: .seconds(dice.below(61) - 30))
        case .clockLeaps: await leap()
        case .fileDeleted: await deleteFile()
        case .fileRots: await rotFile()
        case .logRots: await rotLog()
        case .logFileGone: await takeLogFile()
        case .digestPlanted: await plantDigest()
        default:
            guard let weather = Self.weather.first(where: { $0.0 == kind }) else { return }
            world.set(kind, weather.likelihood / 2 + dice.below(weather.likelihood))
            await world.pause(.milliseconds(2_000 + dice.below(8_000)))
            world.set(kind, 0)
        }
    }

    private func path(_ location: ObjectLocation) -> String {
        "\(console.directory.buckets)/\(location.bucket)/\(location.key)"
    }

    private func deleteFile() async {
        let opener = LogFileOpener(console: console, keyring: keyring)
        guard let files = try? await opener.list(), !files.isEmpty else { return }
        let file = files[dice.below(files.count)]
        // Without its content nobody could say which events are gone.
        guard let opened = try? await opener.open(file) else { return }
        do throws(DiskError) { try await world.disk.remove(path(file)) } catch { return }
        world.strangers.deleted(file, events: opened.ids, at: world.time.now.seconds)
        world.count(.fileDeleted)
        world.note("a stranger deletes \(file)")
    }

    private func rotFile() async {
        let opener = LogFileOpener(console: console, keyring: keyring)
        guard let files = try? await opener.list(), !files.isEmpty else { return }
        let file = files[dice.below(files.count)]
        guard let opened = try? await opener.open(file), let before = world.disk.bytes(path(file)), before.count > 10
        else { return }
        // What the fixed header of a gzip says of times and systems is content to nobody.
        world.disk.corrupt(path(file), at: 10 + dice.below(before.count - 10), bit: dice.below(8))
        world.strangers.rotted(
            file, Strangers.Rotten(events: opened.ids, bytes: world.disk.bytes(path(file)) ?? []))
        world.count(.fileRots)
        world.note("a bit flips in \(file)")
    }

    private func plantDigest() async {
        guard let heads = try? await HeadDocuments(console.catalog).list().filter(\.isOpen), !heads.isEmpty else {
            return
        }
        let head = heads[dice.below(heads.count)]
        let name = DigestName(chain: head.name, end: head.nextEnd(period: Int64(world.plan.digestSeconds)))
        let location = ObjectLocation(bucket: head.bucket, key: name.key(prefix: head.prefix))
        let bytes = dice.bytes(1 + dice.below(600))
        do throws(DiskError) { try await world.disk.put(bytes, at: path(location)) } catch { return }
        world.strangers.planted(bytes, at: location)
        world.count(.digestPlanted)
        world.note("a stranger plants \(location)")
    }

    private func count(_ kind: Fault, _ done: Void?) { if done != nil { world.count(kind) } }

    private func victim() -> SimulatedProcess? {
        let running = machine.running
        return running.isEmpty ? nil : running[dice.below(running.count)]
    }

    private func step(by duration: Duration) {
        world.time.jump(to: world.time.now + duration)
        world.note("the clock says \(world.time.now.iso8601)")
    }

    /// The clock goes wrong by more than anybody believes; somebody sets it right, or says that it is right.
    private func leap() async {
        // A node that has written nothing down yet has nothing to hold its clock against.
        guard await console.hasCut() else { return }
        world.count(.clockLeaps)
        // Digests are made for all of a time that was accepted: that must not be long.
        let isAccepted = dice.below(3) == 0
        let distance = Duration.seconds(
            isAccepted ? 100 + dice.below(300) : (dice.below(2) == 0 ? 1 : -1) * (90_000 + dice.below(300_000)))
        step(by: distance)
        await world.pause(.milliseconds(3_000 + dice.below(10_000)))
        if isAccepted {
            try? await console.catalog.acceptClock(by: "sim", at: world.time.now)
            world.note("the clock is accepted")
        } else {
            step(by: .zero - distance)
            // Whatever was started meanwhile took the wrong time for the right one, and holds now: status says so.
            await world.pause(.seconds(5))
            try? await console.catalog.acceptClock(by: "sim", at: world.time.now)
        }
    }
}
