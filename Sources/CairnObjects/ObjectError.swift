/// What can go wrong with objects, split by what the caller will do.
package indirect enum ObjectError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Something stands there already: read it back.
    case exists(ObjectLocation)
    case notFound(ObjectLocation)
    /// It is not the object that was read before: look again.
    case changed(ObjectLocation)
    /// Larger than the reader allows.
    case tooLarge(ObjectLocation, byteCount: Int, limit: Int)
    /// Not allowed, or no room: held and tried again for ever, with an alarm.
    case denied(ObjectLocation, reason: String)
    /// It may work the next time.
    case unavailable(ObjectLocation, reason: String)
    /// It will never work.
    case unacceptable(ObjectLocation, reason: String)

    package var description: String {
        switch self {
        case .exists(let location): "\(location) is there already"
        case .notFound(let location): "\(location) does not exist: check the bucket and the key"
        case .changed(let location):
            "\(location) is not the object that was read before: somebody else changed it; look again"
        case .tooLarge(let location, let count, let limit):
            "\(location) has \(count) bytes, more than the \(limit) expected"
        case .denied(let location, let reason): "\(location) cannot be written or read: \(reason)"
        case .unavailable(let location, let reason): "\(location) cannot be reached now: \(reason)"
        case .unacceptable(let location, let reason): "\(location) cannot be stored: \(reason)"
        }
    }
}
