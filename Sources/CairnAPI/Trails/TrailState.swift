package import CairnFormat
package import CairnSystem

/// How a trail stands in a Region: GetTrailStatus's members (reference 6.9).
package struct TrailState: Sendable, Equatable {
    package var isLogging: Bool
    package var startedAt: Timestamp?
    package var stoppedAt: Timestamp?
    package var deliveredAt: Timestamp?
    package var deliveryError: String?
    package var announcedAt: Timestamp?
    package var announcementError: String?
    package var digestedAt: Timestamp?
    package var digestError: String?
    package var logGroupAt: Timestamp?
    package var logGroupError: String?

    package init(isLogging: Bool) { self.isLogging = isLogging }

    /// Times are seconds since 1970. The six members at the end are of an older form of the answer: texts, empty when there is none.
    package var answer: StrictJSON {
        let times: [(name: String, value: Timestamp?)] = [
            ("LatestDeliveryTime", deliveredAt), ("LatestNotificationTime", announcedAt),
            ("StartLoggingTime", startedAt), ("StopLoggingTime", stoppedAt), ("LatestDigestDeliveryTime", digestedAt),
            ("LatestCloudWatchLogsDeliveryTime", logGroupAt),
        ]
        let errors: [(name: String, value: String?)] = [
            ("LatestDeliveryError", deliveryError), ("LatestNotificationError", announcementError),
            ("LatestDigestDeliveryError", digestError), ("LatestCloudWatchLogsDeliveryError", logGroupError),
        ]
        let old: [(name: String, value: Timestamp?)] = [
            ("LatestDeliveryAttemptTime", deliveredAt), ("LatestNotificationAttemptTime", announcedAt),
            ("LatestNotificationAttemptSucceeded", announcedAt), ("LatestDeliveryAttemptSucceeded", deliveredAt),
            ("TimeLoggingStarted", startedAt), ("TimeLoggingStopped", stoppedAt),
        ]
        var members: [(name: String, value: StrictJSON)] = [("IsLogging", .bool(isLogging))]
        for (name, time) in times { if let time { members.append((name, time.answer)) } }
        for (name, error) in errors { if let error { members.append((name, .string(error))) } }
        for (name, time) in old {
            members.append((name, .string(time.map { EventTime(seconds: $0.seconds).description } ?? "")))
        }
        return .object(members)
    }
}
