/// What a subscription has still to get of a partition, as far as it has been read: in order for each lane, one lane not
/// waiting for another.
package struct ForwardWindow: Sendable {
    /// A notice that waits to be sent.
    package struct Item: Sendable, Equatable {
        package var sequence: UInt64
        package var notice: TopicNotice
        /// Since when it is refused, in ms since 1970.
        package var refusedSince: Int64?
        /// Whether it was refused for what it is, and did not only fail.
        package var isRefused = false
        /// Not to be sent before this, in uptime.
        package var notBefore = Duration.zero

        package init(sequence: UInt64, notice: TopicNotice) { (self.sequence, self.notice) = (sequence, notice) }
    }

    /// The most notices that wait; beyond, no more are read.
    package static let countMax = 1_000

    /// The next sequence to read.
    package private(set) var next: UInt64
    /// In the order of their sequences.
    package private(set) var waiting: [Item] = []

    package init(next: UInt64) { self.next = next }

    /// The first sequence that may not have been sent.
    package var place: UInt64 { waiting.first?.sequence ?? next }
    package var hasRoom: Bool { waiting.count < Self.countMax }

    /// Takes what was read, and where reading goes on.
    package mutating func take(_ items: [Item], next: UInt64) {
        waiting += items
        self.next = max(self.next, next)
    }

    /// Batches to be sent at the same time: no lane is in them twice, and none whose first notice is not due.
    package func batches(of size: Int, count: Int, at uptime: Duration) -> [[Item]] {
        var lanes: Set<String> = []
        var batches: [[Item]] = []
        for item in waiting where lanes.insert("\(item.notice.lane)").inserted && item.notBefore <= uptime {
            if batches.last.map({ $0.count < size }) ?? false {
                batches[batches.count - 1].append(item)
            } else {
                guard batches.count < count else { break }
                batches.append([item])
            }
        }
        return batches
    }

    /// When something is due again; nil when nothing waits.
    package var nextDue: Duration? {
        var lanes: Set<String> = []
        return waiting.filter { lanes.insert("\($0.notice.lane)").inserted }.map(\.notBefore).min()
    }

    /// They were sent.
    package mutating func sent(_ sequences: Set<UInt64>) { waiting.removeAll { sequences.contains($0.sequence) } }

    /// Whether all of them were refused before.
    package func areRefused(_ sequences: Set<UInt64>) -> Bool {
        waiting.allSatisfy { !sequences.contains($0.sequence) || $0.refusedSince != nil }
    }

    /// What failed before was not on its own account.
    package mutating func forgive() {
        for i in waiting.indices where !waiting[i].isRefused { waiting[i].refusedSince = nil }
    }

    /// They were refused: tried again later, or given up when that has gone on for too long.
    ///
    /// - Parameter isRefused: whether for what they are, and not only because they failed where others did not.
    /// - Returns: those that are given up.
    package mutating func refused(
        _ sequences: Set<UInt64>, isRefused: Bool = true, at now: Int64, patience: Int64, retryAt: Duration
    ) -> [Item] {
        for i in waiting.indices where sequences.contains(waiting[i].sequence) {
            waiting[i].refusedSince = waiting[i].refusedSince ?? now
            waiting[i].isRefused = waiting[i].isRefused || isRefused
            waiting[i].notBefore = retryAt
        }
        let given = waiting.filter { item in
            sequences.contains(item.sequence) && item.refusedSince.map { now - $0 >= patience } ?? false
        }
        sent(Set(given.map(\.sequence)))
        return given
    }
}
