import CairnFormat
import CairnLog
import CairnTestKit
import Testing

@Suite("The window of duplicates remembers what came, and forgets what failed")
struct DuplicateWindowTests {
    static func outline(_ number: UInt64, id: UInt64? = nil) -> EventOutline {
        // As SHA-256 would spread them, but for the low bits that decide nothing.
        let mixed = number &* 0x9E37_79B9_7F4A_7C15
        return EventOutline(
            category: .management, readOnly: .no, excludable: .none, isGlobal: false, hasMadeUpID: false,
            time: EventTime(seconds: 0), key: id ?? mixed, fingerprint: .init(high: mixed ^ 7, low: mixed &+ number))
    }

    static func window(countMax: Int = 1 << 20) -> DuplicateWindow {
        DuplicateWindow(milliseconds: 600_000, countMax: countMax, seed: 5)
    }

    @Test("every one of many is known, none that did not come is, whatever was forgotten in between")
    func many() {
        var window = Self.window()
        let count: UInt64 = 20_000
        for i in 0..<count { window.add(Self.outline(i), at: 0) }
        #expect(window.count == Int(count))
        for i in stride(from: 0, to: count, by: 3) { window.remove(Self.outline(i), withKey: true) }
        for i in 0..<count { #expect(window.verdict(Self.outline(i)) == (i % 3 == 0 ? .new : .duplicate)) }
        for i in count..<count + 5_000 { #expect(window.verdict(Self.outline(i)) == .new) }
    }

    @Test("a failed event with an id that had come before leaves that id known")
    func conflict() {
        var window = Self.window()
        let (first, second) = (Self.outline(1, id: 9), Self.outline(2, id: 9))
        window.add(first, at: 0)
        #expect(window.verdict(second) == .conflict)
        window.add(second, at: 0)
        window.remove(second, withKey: false)
        #expect(window.verdict(second) == .conflict && window.verdict(first) == .duplicate)
    }

    @Test("the younger half is kept when it is full or old")
    func generations() {
        var window = Self.window(countMax: 100)
        for i in 0..<250 { window.add(Self.outline(UInt64(i)), at: 0) }
        #expect(window.verdict(Self.outline(249)) == .duplicate && window.verdict(Self.outline(0)) == .new)
        window.add(Self.outline(900), at: 1_300_000)
        #expect(window.verdict(Self.outline(249)) == .new && window.verdict(Self.outline(900)) == .duplicate)
    }

}
