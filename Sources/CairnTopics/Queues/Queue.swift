package import CairnFormat

/// A queue's whole state: where it stands in its topic's logs, and which messages are handed out.
///
/// Messages of a lane come in order: one call may hand out several, and while any of them is out no later call hands out
/// another of that lane. One that was handed out several times to no avail no longer holds the others up.
package struct Queue: Sendable, Equatable, Codable {
    /// A message that is not acknowledged yet.
    package struct Open: Sendable, Equatable, Codable {
        package var partition: Int
        package var sequence: UInt64
        package var lane: Lane
        /// How often it was handed out.
        package var receiveCount: Int
        /// From when and until when it is hidden, in ms since 1970.
        package var hiddenSince: Int64 = 0
        package var hiddenUntil: Int64 = 0
        /// What acknowledges the last handing out.
        package var handle: String?

        /// Whether it is hidden. It was hidden by a clock that was wrong if it is not even that time yet: twice is better than
        /// days late.
        package func isHidden(at now: Int64) -> Bool { hiddenUntil > now && hiddenSince <= now + Queue.correction }

        func holdsUpLane(at now: Int64) -> Bool { receiveCount < Queue.patience && isHidden(at: now) }
    }

    /// How far a clock may be set back that was not wrong, in ms.
    private static let correction: Int64 = 60_000

    /// The most messages that are open at a time.
    package static let openCountMax = 1_000
    /// A message handed out this often no longer holds up its lane.
    static let patience = 5
    /// The most dead letters kept; beyond, the oldest go.
    package static let deadCountMax = 10_000

    package var topic: TopicName
    /// How long a message stays hidden once it is handed out, in ms.
    package var visibilityMilliseconds: Int64
    /// A message handed out this often without an acknowledgement becomes a dead letter; nil: it is handed out again and again, as in
    /// SQS where no queue for dead letters is named.
    package var receiveCountMax: Int?
    /// The next sequence to look at, by partition.
    package var places: [UInt64]
    package var open: [Open] = []
    package var dead: [Open] = []

    package init(topic: TopicName, visibilityMilliseconds: Int64, receiveCountMax: Int?, places: [UInt64]) {
        self.topic = topic
        self.visibilityMilliseconds = visibilityMilliseconds
        self.receiveCountMax = receiveCountMax
        self.places = places
    }

    /// Takes notices of a partition in, until so many can be handed out, up to the limit: what is taken in is written with each
    /// change of the queue.
    package mutating func take(
        _ found: [(sequence: UInt64, lane: Lane)], next: UInt64, partition: Int, wanted count: Int, at now: Int64
    ) {
        let busy = Set(open.filter { $0.holdsUpLane(at: now) }.map(\.lane))
        var ready = open.count { !$0.isHidden(at: now) && !busy.contains($0.lane) }
        for (sequence, lane) in found where sequence >= places[partition] {
            guard open.count < Self.openCountMax, ready < count else {
                places[partition] = sequence
                return
            }
            open.append(
                Open(partition: partition, sequence: sequence, lane: lane, receiveCount: 0, handle: nil))
            if !busy.contains(lane) { ready += 1 }
        }
        places[partition] = max(places[partition], next)
    }

    /// Hands out up to `count` messages.
    ///
    /// - Parameter makeHandle: gives a new receipt handle.
    package mutating func hand(
        out count: Int, visibilityMilliseconds: Int64, at now: Int64, makeHandle: () -> String
    ) -> [Open] {
        // What was handed out too often goes first, or it would hold up its lane for ever.
        if let receiveCountMax {
            let expired = open.filter { !$0.isHidden(at: now) && $0.receiveCount >= receiveCountMax }
            if !expired.isEmpty {
                dead = Array((dead + expired).suffix(Self.deadCountMax))
                open.removeAll { !$0.isHidden(at: now) && $0.receiveCount >= receiveCountMax }
            }
        }
        var busy: Set<Lane> = []
        var handed: [Open] = []
        for i in open.indices where handed.count < count {
            if open[i].isHidden(at: now) {
                if open[i].holdsUpLane(at: now) { busy.insert(open[i].lane) }
            } else if !busy.contains(open[i].lane) {
                open[i].receiveCount += 1
                (open[i].hiddenSince, open[i].hiddenUntil) = (now, now + visibilityMilliseconds)
                open[i].handle = makeHandle()
                handed.append(open[i])
            }
        }
        return handed
    }

    /// Whether a message could be handed out now.
    package func hasVisible(at now: Int64) -> Bool { open.contains { !$0.isHidden(at: now) } }

    /// Acknowledges a message. False when the handle is not that of its last handing out.
    package mutating func acknowledge(_ handle: String) -> Bool {
        guard let index = open.firstIndex(where: { $0.handle == handle }) else { return false }
        open.remove(at: index)
        return true
    }

    /// Takes a handing out back, as if it had not been.
    package mutating func putBack(_ handle: String) {
        guard let index = open.firstIndex(where: { $0.handle == handle }) else { return }
        open[index].receiveCount -= 1
        (open[index].hiddenSince, open[index].hiddenUntil, open[index].handle) = (0, 0, nil)
    }

    /// Hands dead letters out again, the oldest first, as if they had never been, as far as there is room.
    ///
    /// - Returns: how many.
    package mutating func revive() -> Int {
        let revived = dead.prefix(max(0, Self.openCountMax - open.count)).map { letter in
            Open(
                partition: letter.partition, sequence: letter.sequence, lane: letter.lane, receiveCount: 0, handle: nil)
        }
        dead.removeFirst(revived.count)
        open = revived + open
        return revived.count
    }

    /// Hides a message from now on until `until`; with a time that is past it is visible at once.
    package mutating func hide(_ handle: String, at now: Int64, until: Int64) -> Bool {
        guard let index = open.firstIndex(where: { $0.handle == handle }) else { return false }
        (open[index].hiddenSince, open[index].hiddenUntil) = (now, until)
        return true
    }

    /// Lets everything go that is in the queue, and all that was announced before `places`.
    package mutating func purge(upTo places: [UInt64]) {
        open = []
        for i in self.places.indices { self.places[i] = max(self.places[i], places[i]) }
    }

    /// The first sequence of a partition that is still needed.
    package func needed(_ partition: Int) -> UInt64 {
        (open + dead).filter { $0.partition == partition }.reduce(places[partition]) { min($0, $1.sequence) }
    }
}
