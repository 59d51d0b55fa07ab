import CairnTopics
import Testing

@Suite("What a subscription has still to get")
struct ForwardWindowTests {
    @Test("an outage forgives what only failed, not what was refused for what it is")
    func forgiven() throws {
        var window = try Self.window([1, 2])
        _ = window.refused([1], isRefused: false, at: 1_000, patience: 60_000, retryAt: .zero)
        _ = window.refused([2], at: 1_000, patience: 60_000, retryAt: .zero)
        window.forgive()
        #expect(!window.areRefused([1]) && window.areRefused([2]))
    }

    static let second = Duration.seconds(1)

    /// A window with notices of these lanes, from sequence 1 on.
    static func window(_ lanes: [UInt8]) throws -> ForwardWindow {
        var window = ForwardWindow(next: 1)
        let items = try lanes.enumerated().map { i, lane in
            ForwardWindow.Item(sequence: UInt64(i + 1), notice: Fixture.notice(i + 1, of: try Fixture.lane(lane)))
        }
        window.take(items, next: UInt64(lanes.count + 1))
        return window
    }

    static func sequences(_ window: ForwardWindow, of size: Int = 10, count: Int = 4, at time: Duration = .zero)
        -> [[UInt64]]
    {
        window.batches(of: size, count: count, at: time).map { $0.map(\.sequence) }
    }

    @Test("no lane is in the batches twice, and each begins with its first")
    func lanes() throws {
        var window = try Self.window([1, 1, 2, 1, 3, 2])
        #expect(Self.sequences(window) == [[1, 3, 5]])
        #expect(Self.sequences(window, of: 2) == [[1, 3], [5]])
        #expect(Self.sequences(window, of: 1, count: 2) == [[1], [3]])
        window.sent([1, 5])
        #expect(Self.sequences(window) == [[2, 3]])
    }

    @Test("the place is behind all that was sent without a gap")
    func place() throws {
        var window = try Self.window([1, 2, 3])
        #expect(window.place == 1)
        window.sent([2, 3])
        #expect(window.place == 1)
        window.sent([1])
        #expect(window.place == 4 && window.waiting.isEmpty)
    }

    @Test("what is refused holds up its lane until its time, and no other")
    func refused() throws {
        var window = try Self.window([1, 2, 1])
        #expect(window.refused([1], at: 1_000, patience: 60_000, retryAt: Self.second * 5).isEmpty)
        #expect(Self.sequences(window) == [[2]])
        window.sent([2])
        #expect(Self.sequences(window).isEmpty && window.nextDue == Self.second * 5 && window.place == 1)
        #expect(Self.sequences(window, at: Self.second * 5) == [[1]])
    }

    @Test("what is refused for longer than patience is given up, and the next of its lane goes")
    func givenUp() throws {
        var window = try Self.window([1, 1])
        _ = window.refused([1], at: 1_000, patience: 60_000, retryAt: .zero)
        #expect(window.refused([1], at: 60_999, patience: 60_000, retryAt: .zero).isEmpty)
        #expect(window.refused([1], at: 61_000, patience: 60_000, retryAt: .zero).map(\.sequence) == [1])
        #expect(window.place == 2 && Self.sequences(window) == [[2]])
    }

    @Test("there is room for a thousand, no more")
    func room() throws {
        #expect(try Self.window([UInt8](repeating: 1, count: 999)).hasRoom)
        #expect(try !Self.window([UInt8](repeating: 1, count: 1_000)).hasRoom)
    }
}
