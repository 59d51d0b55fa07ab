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
        var events: Set<EventOutline.Fingerprint> = []
        var keys: Set<UInt64> = []
    }

    private let milliseconds: Int64
    private let countMax: Int
    private var young = Generation()
    private var old = Generation()
    private var youngSince: Int64

    /// - Parameters:
    ///   - milliseconds: how long an event is remembered, at least.
    ///   - countMax: how many events a generation holds; at a rate that fills it sooner the window is shorter.
    package init(milliseconds: Int64, countMax: Int, now: Int64) {
        self.milliseconds = milliseconds
        self.countMax = countMax
        youngSince = now
    }

    /// Names an event together with its bytes and its sender.
    static func identity(_ outline: EventOutline) -> EventOutline.Fingerprint {
        .init(high: outline.fingerprint.high &+ outline.key, low: outline.fingerprint.low)
    }

    package func verdict(_ outline: EventOutline) -> Verdict {
        let identity = Self.identity(outline)
        if young.events.contains(identity) || old.events.contains(identity) { return .duplicate }
        return young.keys.contains(outline.key) || old.keys.contains(outline.key) ? .conflict : .new
    }

    package mutating func add(_ outline: EventOutline, at now: Int64) {
        if now - youngSince >= milliseconds || young.events.count >= countMax {
            old = now - youngSince >= 2 * milliseconds ? Generation() : young
            young = Generation()
            youngSince = now
        }
        young.events.insert(Self.identity(outline))
        young.keys.insert(outline.key)
    }

    /// Forgets an event whose append failed.
    ///
    /// - Parameter withKey: also that its `eventID` came; false when it had come before, in another event.
    package mutating func remove(_ outline: EventOutline, withKey: Bool) {
        young.events.remove(Self.identity(outline))
        old.events.remove(Self.identity(outline))
        guard withKey else { return }
        young.keys.remove(outline.key)
        old.keys.remove(outline.key)
    }

    /// How many events it remembers.
    package var count: Int { young.events.count + old.events.count }
}
