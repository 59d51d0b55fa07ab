import Testing

@testable import CairnLog

@Suite("A log's clock counts the time in which something came")
struct LogClockTests {
    @Test("what lies between two entries counts up to the limit, what lies behind for nothing")
    func gaps() {
        var clock = LogClock(gapMilliseconds: 10)
        let moved = [1_000, 1_004, 5_000, 5_001, 100, 103].map { clock.note($0) }
        #expect(moved == [0, 4, 10, 1, 0, 3] && clock.passed == 18)
    }

    @Test("entries that come a little out of order do not make it run")
    func outOfOrder() {
        var clock = LogClock(gapMilliseconds: 10)
        for i in 0..<1_000 as Range<Int64> {
            clock.note(1_000 + i)
            clock.note(1_000 + i - 9)
        }
        #expect(clock.passed == 999)
    }

    @Test("over what is not looked at it goes as far as that says")
    func skips() {
        var clock = LogClock(gapMilliseconds: 10)
        clock.note(50)
        clock.skip(700, until: 9_000)
        #expect(clock.note(9_003) == 3 && clock.passed == 703)
    }
}
