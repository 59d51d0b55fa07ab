package import CairnFormat

/// The events of the last minutes, so that a producer that sends again adds nothing.
///
/// A duplicate has the sender, account, Region, `eventID` and bytes of an event inside the window. The same `eventID`
/// with other bytes, or from another sender, is no duplicate but a conflict: nobody can silence somebody else's event.
/// Two generations: the older one is dropped when the younger one is as old as the window or full.
package struct DuplicateWindow: Sendable {
    /// What the window knows of an event.
    package enum Verdict: Sendable, Equatable { case new, duplicate, conflict }

    private struct Generation: Sendable {
        /// Events with their bytes and senders.
        var events: FingerprintSet
        /// Events by account, Region and `eventID` alone.
        var keys: FingerprintSet

        init(seed: UInt64) { (events, keys) = (FingerprintSet(seed: seed), FingerprintSet(seed: seed)) }
    }

    private let milliseconds: Int64
    private let countMax: Int
    private let seed: UInt64
    private var young: Generation
    private var old: Generation
    private var youngSince: Int64

    /// - Parameters:
    ///   - milliseconds: how long an event is remembered, at least.
    ///   - countMax: how many events a generation holds; at a rate that fills it sooner the window is shorter.
    ///   - seed: random.
    package init(milliseconds: Int64, countMax: Int, seed: UInt64) {
        self.seed = seed
        (young, old) = (Generation(seed: seed), Generation(seed: seed))
        self.milliseconds = milliseconds
        self.countMax = countMax
        youngSince = .min / 2
    }

    /// Names an event together with its bytes and its sender.
    static func identity(_ outline: EventOutline) -> EventOutline.Fingerprint {
        .init(high: outline.fingerprint.high &+ outline.key, low: outline.fingerprint.low)
    }

    private static func key(_ outline: EventOutline) -> EventOutline.Fingerprint { .init(high: outline.key, low: 1) }

    package func verdict(_ outline: EventOutline) -> Verdict {
        let identity = Self.identity(outline)
        if young.events.contains(identity) || old.events.contains(identity) { return .duplicate }
        return young.keys.contains(Self.key(outline)) || old.keys.contains(Self.key(outline)) ? .conflict : .new
    }

    package mutating func add(_ outline: EventOutline, at now: Int64) {
        if now - youngSince >= milliseconds || young.events.count >= countMax {
            old = now - youngSince >= 2 * milliseconds ? Generation(seed: seed) : young
            young = Generation(seed: seed)
            youngSince = now
        }
        young.events.insert(Self.identity(outline))
        young.keys.insert(Self.key(outline))
    }

    /// Forgets an event whose append failed.
    ///
    /// - Parameter withKey: also that its `eventID` came; false when it had come before, in another event.
    package mutating func remove(_ outline: EventOutline, withKey: Bool) {
        young.events.remove(Self.identity(outline))
        old.events.remove(Self.identity(outline))
        guard withKey else { return }
        young.keys.remove(Self.key(outline))
        old.keys.remove(Self.key(outline))
    }

    /// How many events it remembers.
    package var count: Int { young.events.count + old.events.count }
}
