import CairnSystem
import CairnTestKit
import Testing

@Suite("Time that a test moves, chance that a seed repeats")
struct ManualTimeTests {
    let time = ManualTime(now: Timestamp(milliseconds: 1_000))

    /// Lets others run until `count` are asleep.
    func sleepers(_ count: Int) async { while time.sleeperCount != count { await Task.yield() } }

    @Test("both clocks move together; the wall clock alone may jump")
    func clocks() {
        time.advance(by: .milliseconds(1_500))
        #expect(time.now.milliseconds == 2_500 && time.uptime == .milliseconds(1_500))
        time.jump(to: Timestamp(milliseconds: 5))
        #expect(time.now.milliseconds == 5 && time.uptime == .milliseconds(1_500))
    }

    @Test("sleepers wake when they are due, and not before")
    func sleep() async throws {
        let time = time
        let woken = await withTaskGroup(of: Int.self) { group in
            for seconds in [3, 1, 2] {
                group.addTask { (try? await time.sleep(for: .seconds(seconds))) == nil ? 0 : seconds }
            }
            await sleepers(3)
            for left in [2, 1, 0] {
                time.advance(by: .milliseconds(999))
                #expect(time.sleeperCount == left + 1)
                time.advance(by: .milliseconds(1))
                #expect(time.sleeperCount == left)
            }
            return await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(woken == [1, 2, 3])
        try await time.sleep(for: .zero)
    }

    @Test("a cancelled sleep ends at once, whether it was cancelled before or meanwhile", arguments: [true, false])
    func cancellation(_ before: Bool) async {
        let time = time
        let wasCancelled = await withTaskGroup(of: Bool.self) { group in
            if before { group.cancelAll() }
            for duration in [Duration.seconds(1), before ? .zero : .seconds(2)] {
                group.addTask {
                    do throws(CancellationError) { try await time.sleep(for: duration) } catch { return true }
                    return false
                }
            }
            if !before {
                await sleepers(2)
                group.cancelAll()
            }
            return await group.reduce(into: true) { $0 = $0 && $1 }
        }
        #expect(wasCancelled && time.sleeperCount == 0)
    }

    @Test("the same seed gives the same numbers")
    func random() {
        #expect(SeededRandom(seed: 5).bytes(100) == SeededRandom(seed: 5).bytes(100))
        #expect(SeededRandom(seed: 5).bytes(100) != SeededRandom(seed: 6).bytes(100))
        let random = SeededRandom(seed: 1)
        #expect(Set((0..<1_000).map { _ in random.below(10) }) == Set(0..<10))
    }
}
