package import CairnFormat
import Synchronization

/// How many bytes of events the partitions' logs hold together, how many of each account wait to be delivered, and whether
/// the disk is at its reserve.
package final class LogBudget: Sendable {
    private struct State {
        var total = 0
        var accounts: [AccountID: Int] = [:]
        var free = Int.max
    }

    private let limits: IntakeLimits
    private let state = Mutex(State())

    package init(limits: IntakeLimits) { self.limits = limits }

    /// Takes room for `byteCount` bytes of `account`, or says what is full.
    ///
    /// - Parameter isShared: whether there are other accounts whose share must be kept.
    package func take(_ byteCount: Int, of account: AccountID, isShared: Bool) throws(IntakeError) {
        let problem: IntakeError? = state.withLock { state in
            if state.free < limits.diskReserveByteCount {
                return .diskReserve(free: state.free, reserve: limits.diskReserveByteCount)
            }
            guard state.total + byteCount <= limits.logByteCountMax else {
                return .logFull(byteCount: state.total, limit: limits.logByteCountMax)
            }
            let share = Int(Double(limits.logByteCountMax) * limits.accountShare)
            let mine = state.accounts[account, default: 0]
            if isShared, mine + byteCount > share {
                return .accountShare(account, byteCount: mine, share: share)
            }
            state.total += byteCount
            state.accounts[account] = mine + byteCount
            return nil
        }
        if let problem { throw problem }
    }

    /// Gives room back: an append that failed, or what was trimmed.
    package func release(_ byteCount: Int) { state.withLock { $0.total -= byteCount } }

    /// Bytes that no longer count against an account's share: they are delivered, or were never written.
    package func settle(_ byteCount: Int, of account: AccountID) {
        state.withLock { state in
            let rest = state.accounts[account, default: 0] - byteCount
            state.accounts[account] = rest > 0 ? rest : nil
        }
    }

    /// Counts what the log holds at start, whatever the limits.
    package func count(_ byteCount: Int, of account: AccountID) {
        state.withLock { state in
            state.total += byteCount
            state.accounts[account, default: 0] += byteCount
        }
    }

    /// Tells how much room the disk has.
    package func noteFree(_ byteCount: Int) { state.withLock { $0.free = byteCount } }

    /// Whether more than half of the log is taken: what is kept only to recognise duplicates should go then.
    package var isTight: Bool { state.withLock { $0.total > limits.logByteCountMax / 2 } }

    /// Whether more than three quarters of the log are taken: what is kept for others than delivery should go then.
    package var isCrowded: Bool { state.withLock { $0.total > limits.logByteCountMax / 4 * 3 } }

    /// Bytes of events in the log.
    package var byteCount: Int { state.withLock { $0.total } }

    /// Why nothing at all would be taken now; nil when something would.
    package var refusal: IntakeError? {
        state.withLock { state in
            if state.free < limits.diskReserveByteCount {
                return .diskReserve(free: state.free, reserve: limits.diskReserveByteCount)
            }
            return state.total >= limits.logByteCountMax
                ? .logFull(byteCount: state.total, limit: limits.logByteCountMax) : nil
        }
    }
}
