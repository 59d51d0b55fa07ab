/// Why a door did not take a request, split by what the sender will do.
package indirect enum DoorClientError: Error, Sendable, CustomStringConvertible {
    /// Nobody answered: whether the events were taken in is not known. Send again; duplicates are recognised.
    case unreachable(address: String, reason: String)
    /// Send again after a while.
    case busy(code: String, message: String, retryAfter: Duration)
    /// Sending it again will not help.
    case refused(code: String, message: String)

    package var description: String {
        switch self {
        case .unreachable(let address, let reason):
            "no answer from the door at \(address) (\(reason)): is 'cairn up' or 'cairn serve' running, and is --door right?"
        case .busy(let code, let message, _): "the door takes nothing now: \(code): \(message)"
        case .refused(let code, let message): "the door refuses: \(code): \(message)"
        }
    }
}
