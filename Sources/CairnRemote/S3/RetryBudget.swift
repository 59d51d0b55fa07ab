import Synchronization

/// How many requests may be tried again: when a store fails most of them, more would only be more load.
final class RetryBudget: Sendable {
    private static let capacity = 100.0
    /// What an answered request gives back.
    private static let refill = 0.1

    private let left = Mutex(RetryBudget.capacity)

    /// Whether a request may be tried again now.
    func take() -> Bool {
        left.withLock { left in
            guard left >= 1 else { return false }
            left -= 1
            return true
        }
    }

    func wasAnswered() { left.withLock { $0 = min(Self.capacity, $0 + Self.refill) } }
}
