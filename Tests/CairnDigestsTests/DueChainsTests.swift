import CairnFormat
import Testing

@testable import CairnDigests

/// Which chains are looked at, and when.
@Suite struct DueChainsTests {
    private static let period: Int64 = 3_600
    private static let start: Int64 = 1_790_000_000

    private static func chains(_ count: Int) throws -> [ChainName: ChainState] {
        var chains: [ChainName: ChainState] = [:]
        for i in 0..<count {
            let name = ChainName(
                account: try AccountID(String(111_122_223_333 + i)), home: .usEast1, trail: try TrailName("main"),
                region: .usEast1)
            var head = ChainHead(
                DigestPlace(chain: name, TrailPlace(bucket: try BucketName("logs"), prefix: nil)),
                trail: UniqueID(random: [UInt8](repeating: 1, count: 16)))
            head.folders = [ChainHead.FolderState(trail: head.trail, folder: .trail, isOpen: true, epoch: 1, until: 1)]
            head.end = EventTime(seconds: start)
            chains[name] = ChainState(head, revision: 1)
        }
        return chains
    }

    @Test func everyChainIsDueOnceAPeriodAtItsOwnMoment() throws {
        var chains = try Self.chains(300)
        var due = DueChains()
        var made: [ChainName: [Int64]] = [:]
        for second in 0..<(3 * Self.period) {
            let (now, uptime) = (Self.start + second, Duration.seconds(second))
            if due.needsLook(now: now, uptime: uptime) {
                due.look(chains, now: now, uptime: uptime, period: Self.period)
            }
            for name in due.next(chains, now: now, uptime: uptime, period: Self.period) {
                made[name, default: []].append(now)
                let end = chains[name]?.head.nextEnd(period: Self.period)
                chains[name]?.head.end = end
            }
        }
        #expect(made.count == 300)
        for (name, times) in made {
            #expect(times.count == 3 && times[1] - times[0] == Self.period, "\(name) \(times)")
        }
        #expect(Set(made.values.map { $0[0] }).count > 200, "offsets spread over the hour")
    }

    @Test func aChainThatFailedWaitsAndComesAgain() throws {
        var chains = try Self.chains(1)
        let name = try #require(chains.keys.first)
        chains[name]?.head.end = EventTime(seconds: Self.start - 2 * Self.period)
        chains[name]?.notBefore = .seconds(10)
        var due = DueChains()
        due.look(chains, now: Self.start, uptime: .zero, period: Self.period)
        for second in 0..<10 {
            #expect(
                due.next(chains, now: Self.start, uptime: .seconds(second), period: Self.period).isEmpty)
        }
        #expect(due.next(chains, now: Self.start, uptime: .seconds(10), period: Self.period) == [name])
        #expect(due.next(chains, now: Self.start, uptime: .seconds(11), period: Self.period).isEmpty)
    }

    @Test func aClockThatLeapsIsFollowed() throws {
        let chains = try Self.chains(20)
        var due = DueChains()
        due.look(chains, now: Self.start, uptime: .zero, period: Self.period)
        #expect(due.needsLook(now: Self.start + 7_200, uptime: .seconds(1)))
        due.look(chains, now: Self.start + 7_200, uptime: .seconds(1), period: Self.period)
        #expect(due.next(chains, now: Self.start + 7_200, uptime: .seconds(1), period: Self.period).count == 20)
        #expect(due.needsLook(now: Self.start, uptime: .seconds(61)), "back again: uptime tells")
    }
}
