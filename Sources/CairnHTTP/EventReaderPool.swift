import CairnFormat
import Synchronization

/// Readers with their tables, lent to one request at a time.
final class EventReaderPool: Sendable {
    /// A reader on its way from one task to another.
    private struct Lent: @unchecked Sendable {
        // The pool gives a reader to one borrower and hears of it again only when that one is done.
        let reader: EventReader
    }

    private let idle = Mutex<[Lent]>([])

    /// Lends a reader to `body`.
    func with<Result>(_ body: (EventReader) -> Result) -> Result {
        let lent = idle.withLock { $0.popLast() } ?? Lent(reader: EventReader())
        defer { idle.withLock { if $0.count < 16 { $0.append(lent) } } }
        return body(lent.reader)
    }
}
