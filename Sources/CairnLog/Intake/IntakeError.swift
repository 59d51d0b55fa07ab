package import CairnFormat

/// Why a door takes nothing right now. Nothing of the request was acknowledged; the same request may be sent again.
package indirect enum IntakeError: Error, Equatable, Sendable, CustomStringConvertible {
    case logFull(byteCount: Int, limit: Int)
    case diskReserve(free: Int, reserve: Int)
    case accountShare(AccountID, byteCount: Int, share: Int)
    case log(LogError)

    package var description: String {
        switch self {
        case .logFull(let count, let limit):
            "the log holds \(count) bytes, and its limit is \(limit): delivery does not get on, or is slower than what comes in; "
                + "see 'cairn status' for what holds it, or raise --log-bytes"
        case .diskReserve(let free, let reserve):
            "only \(free) bytes are free on the log's disk, \(reserve) are kept in reserve: free some space"
        case .accountShare(let account, let count, let share):
            "account \(account) has \(count) bytes in the log that are not delivered yet, its share is \(share): see 'cairn "
                + "status' for what holds its lanes"
        case .log(let error): error.description
        }
    }
}
