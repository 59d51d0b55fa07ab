import CairnFormat
import CairnObjects
import CairnSystem
import CairnTestKit
import Synchronization

/// What the parts of a run share: the clock, the disk, the documents, the weather, and what has been seen of faults.
final class World: Sendable {
    /// 2026-03-01T10:12:44Z
    static let start = Timestamp(milliseconds: 1_772_359_964_000)

    /// What happens in the midst of a durable write. In a box of its own: a closure that a generic lock holds is wrapped once
    /// more whenever it is looked at.
    private struct Interruption {
        var happen: (@Sendable () -> Void)?
    }

    private struct State {
        /// How likely each fault is at each call now, in thousandths.
        var weather: [Fault: Int] = [:]
        var denied: Set<BucketName> = []
        /// Buckets that were denied at any time.
        var everDenied: Set<BucketName> = []
        /// When objects were put, as uptime, by location.
        var putAt: [String: Duration] = [:]
        var counts = FaultCounts()
        var violations: [String] = []
        var callCount = 0
        var onCrash: (@Sendable (CrashPoint) -> Void)?
        /// Where the machine or a process ends.
        var crash: CrashPoint?
        var unsyncedCount = 0
    }

    let plan: Plan
    let trace: Trace
    let stepper: Stepper
    let time = ManualTime(now: World.start)
    let disk: SimulatedDisk
    let documents = MemoryDocuments()
    let kms: SimulatedKMS
    let keys = SimulatedRSAKeys()
    let strangers = Strangers()
    let subscriber = Subscriber()
    let listener = Listener()
    let doors = DoorTimes()
    let records = RecordWatch()
    /// Whether trails but the first announce their digests. A clock that leaps makes thousands of them due, of five seconds each.
    var announcesDigests: Bool { !plan.faults.contains(.clockLeaps) }
    private let nonces = NonceWatch()
    private let streams = Mutex<[String: SharedLog]>([:])
    private let chance: SeededRandom
    private let state = Mutex(State())

    init(_ plan: Plan, trace: Trace) {
        (self.plan, self.trace) = (plan, trace)
        let (time, pauses) = (time, Self.dice(plan.seed, "syncs"))
        let midst = Mutex(Interruption())
        disk = SimulatedDisk(seed: Self.dice(plan.seed, "disk").next()) {
            try? await time.sleep(for: .microseconds(1 + pauses.below(400)))
            midst.withLock { $0.happen }?()
        }
        kms = SimulatedKMS(random: Self.dice(plan.seed, "kms"))
        chance = Self.dice(plan.seed, "chance")
        stepper = Stepper(dice: Self.dice(plan.seed, "steps"))
        state.withLock { $0.crash = plan.crash }
        // Between the write and the sync of one call power may fail, too.
        midst.withLock { midst in
            midst.happen = { [weak self] in
                if let self, let point = self.countCall(), point.isPower { self.losePower(point) }
            }
        }
    }

    // MARK: Chance

    /// A source of chance of its own for each use, so that one more or less does not change all others.
    private static func dice(_ seed: UInt64, _ name: String) -> SeededRandom {
        var mixed = seed &+ 0x9E37_79B9_7F4A_7C15
        for byte in name.utf8 { mixed = (mixed ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return SeededRandom(seed: mixed)
    }

    func dice(_ name: String) -> SeededRandom { Self.dice(plan.seed, name) }

    // MARK: Streams

    /// What several workers write in place of a log of that name.
    func stream(_ name: String) -> SharedLog {
        streams.withLock { streams in
            if let known = streams[name] { return known }
            let made = SharedLog()
            streams[name] = made
            return made
        }
    }

    // MARK: Time

    /// Waits, whether or not the task is cancelled.
    func pause(_ duration: Duration) async { try? await time.sleep(for: duration) }

    /// What a call takes: mostly little, now and then long.
    func callTime() -> Duration {
        switch chance.below(100) {
        case 0: .milliseconds(1 + chance.below(200))
        case 1...9: .microseconds(100 + chance.below(5_000))
        default: .microseconds(1 + chance.below(300))
        }
    }

    // MARK: Faults

    /// Sets how likely a fault is at each call from now on, in thousandths.
    func set(_ fault: Fault, _ likelihood: Int) {
        state.withLock { $0.weather[fault] = likelihood == 0 ? nil : likelihood }
        note("weather: \(fault.rawValue) \(likelihood)/1000")
    }

    /// Whether a fault strikes now; counted if it does.
    func strikes(_ fault: Fault) -> Bool {
        guard let likelihood = state.withLock({ $0.weather[fault] }), chance.below(1_000) < likelihood else {
            return false
        }
        count(fault)
        return true
    }

    func count(_ fault: Fault) { state.withLock { $0.counts[fault] += 1 } }

    /// One more call of a process. The crash point of the plan, if this is it.
    func countCall() -> CrashPoint? {
        let number = state.withLock { state in
            state.callCount += 1
            return state.callCount
        }
        return state.withLock { $0.crash?.call == number ? $0.crash : nil }
    }

    var callCount: Int { state.withLock { $0.callCount } }
    /// How many writes were not synced when power failed within a call, the last time.
    var unsyncedCount: Int { state.withLock { $0.unsyncedCount } }

    /// What cuts the power.
    func onCrash(_ act: @escaping @Sendable (CrashPoint) -> Void) { state.withLock { $0.onCrash = act } }

    /// Power fails after so many more calls.
    func losePower(afterCalls count: Int) {
        let takesEffect = chance.below(2) == 0
        state.withLock { $0.crash = CrashPoint(call: $0.callCount + count, isPower: true, takesEffect: takesEffect) }
    }

    func losePower(_ point: CrashPoint) {
        let unsynced = disk.unsyncedCount
        state.withLock { $0.unsyncedCount = unsynced }
        count(.powerLostInCall)
        state.withLock { $0.onCrash }?(point)
    }

    func deny(_ buckets: Set<BucketName>) {
        state.withLock { state in
            state.denied = buckets
            state.everDenied.formUnion(buckets)
        }
    }

    func wasDenied(_ bucket: BucketName) -> Bool { state.withLock { $0.everDenied.contains(bucket) } }

    /// Notes that an object is in its bucket now.
    func wasPut(_ location: ObjectLocation) {
        state.withLock { $0.putAt["\(location)"] = $0.putAt["\(location)"] ?? time.uptime }
    }

    /// When an object was put; nil: never.
    func putTime(_ location: ObjectLocation) -> Duration? { state.withLock { $0.putAt["\(location)"] } }

    func isDenied(_ bucket: BucketName) -> Bool { state.withLock { $0.denied.contains(bucket) } }

    /// Nothing fails by itself any more.
    func calm() {
        state.withLock { state in
            state.weather = [:]
            state.denied = []
            state.crash = plan.crash
        }
        disk.healFaults()
        disk.deny([])
        disk.setFree(.max)
    }

    var counts: FaultCounts {
        var counts = state.withLock { $0.counts }
        let losses = disk.losses
        counts[.writeLost] += losses.lostCount
        counts[.writeTorn] += losses.tornCount
        counts[.writesReordered] += losses.reorderedCount
        return counts
    }

    // MARK: What is seen

    /// Something is written into a segment of a log.
    func watch(_ bytes: [UInt8], into path: String) {
        if path.hasSuffix(".segment"), let sequence = nonces.reuse(in: bytes) {
            violated("I6: the nonce of sequence \(sequence) seals two texts in \(path)")
        }
    }

    func note(_ text: String) { trace.note(text, at: time.uptime) }

    /// Something that must never be.
    func violated(_ text: String) {
        note("VIOLATED \(text)")
        state.withLock { if $0.violations.count < 100 { $0.violations.append(text) } }
    }

    var violations: [String] { state.withLock { $0.violations } }
}
