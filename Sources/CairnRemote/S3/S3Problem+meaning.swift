import CairnFormat
import CairnObjects

extension S3Problem {
    /// What it means for whoever asked for an object.
    func meaning(_ location: ObjectLocation, _ endpoint: String) -> ObjectError {
        let place = "the store at \(endpoint) answers \(description)"
        // Nobody was asked.
        if code == Self.noCredentials { return .denied(location, reason: message) }
        if isElsewhere {
            return .denied(
                location,
                reason: "\(place); the bucket is in "
                    + (region.map { "\($0): sign for that Region (--s3-region)" }
                        ?? "another Region than --s3-region says"))
        }
        switch (status, code) {
        case (404, "NoSuchBucket"):
            return .denied(location, reason: "\(place): make the bucket, or point the trail at another")
        case (404, _): return .notFound(location)
        case (412, _): return .changed(location)
        case (_, "RequestTimeTooSkewed"):
            return .denied(location, reason: "\(place): set this machine's clock right")
        case (_, "KeyTooLongError"), (_, "EntityTooLarge"), (_, "MetadataTooLarge"):
            return .unacceptable(location, reason: place)
        default:
            if mayPass { return .unavailable(location, reason: status == 0 ? "\(endpoint): \(message)" : place) }
            return .denied(location, reason: "\(place): check credentials, the bucket's policy and its owner")
        }
    }
}
