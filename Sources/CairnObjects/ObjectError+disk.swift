import CairnSystem

extension ObjectError {
    /// What an error of the disk means to a caller of the store.
    init(_ error: DiskError, _ location: ObjectLocation) {
        self =
            switch error {
            case .exists: .exists(location)
            case .notFound: .notFound(location)
            case .noSpace, .denied: .denied(location, reason: error.description)
            case .tooLarge(_, let limit): .tooLarge(location, byteCount: limit + 1, limit: limit)
            case .failed, .gone: .unavailable(location, reason: error.description)
            }
    }
}
