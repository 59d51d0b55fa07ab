import CairnSystem
import CairnTestKit
import Testing

@Suite("A clock that leaps is not believed")
struct GuardedTimeTests {
    private static let start = Timestamp(milliseconds: 1_790_000_000_000)
    private let source = ManualTime(now: GuardedTimeTests.start)
    private let time: GuardedTime

    init() { time = GuardedTime(source) }

    @Test("a clock that runs, and small corrections both ways, are followed")
    func steady() {
        for correction in [0, 5, -5, 50, -50] {
            source.advance(by: .seconds(600))
            source.jump(to: source.now + .seconds(correction))
            #expect(time.now == source.now && time.leap == nil)
        }
    }

    @Test("after a leap time goes on from where it was, until the clock returns", arguments: [86_400, -7_200, 61, -61])
    func leap(_ seconds: Int) {
        source.advance(by: .seconds(10))
        #expect(time.now == source.now)
        source.jump(to: source.now + .seconds(seconds))
        #expect(time.now == Self.start + .seconds(10))
        source.advance(by: .seconds(30))
        #expect(time.now == Self.start + .seconds(40))
        #expect(
            time.leap == GuardedTime.Leap(wall: source.now, expected: Self.start + .seconds(40), isFromStart: false))
        source.jump(to: Self.start + .seconds(45))
        #expect(time.now == source.now && time.leap == nil)
    }

    @Test(
        "at the start a clock that nothing keeps is held against what was written down, if it is more than a day ahead")
    func unkept() {
        for ahead in [-7_200, 0, 86_400] {
            time.doubt(since: source.now + .seconds(-ahead))
            #expect(time.leap == nil && time.now == source.now)
        }
        time.doubt(since: source.now + .seconds(-86_401))
        source.advance(by: .seconds(10))
        let expected = Self.start + .seconds(-86_391)
        #expect(time.leap == GuardedTime.Leap(wall: source.now, expected: expected, isFromStart: true))
        #expect(time.now == expected)
        source.jump(to: expected)
        #expect(time.leap == nil && time.now == expected)
        source.jump(to: Self.start)
        #expect(time.leap?.isFromStart == false, "from here on it is a leap like others")
    }

    @Test("a clock that is said to be right is believed from then on")
    func accepted() {
        source.jump(to: Self.start + .seconds(100_000))
        #expect(time.leap != nil)
        time.accept()
        #expect(time.leap == nil && time.now == source.now)
        source.advance(by: .seconds(3_600))
        #expect(time.now == source.now)
    }
}
