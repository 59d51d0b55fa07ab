import Synchronization

/// How many reads go on.
final class ReadGauge: Sendable {
    /// A read that goes on, for as long as somebody holds it.
    final class Ticket: Sendable {
        private let gauge: ReadGauge

        fileprivate init(_ gauge: ReadGauge) { self.gauge = gauge }

        deinit { gauge.count.withLock { $0 -= 1 } }
    }

    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// Nil when there are too many.
    func enter() -> Ticket? {
        let isFree = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        return isFree ? Ticket(self) : nil
    }
}
