package import CairnCatalog
import CairnDelivery
import CairnDigests
package import CairnFormat
package import CairnSystem
package import CairnTopics
package import CairnTrails

/// How a trail stands in one Region, with what GetTrailStatus says of it (reference 6.9).
///
/// Of several lanes, subscriptions or chains that fail, the one is named that has failed longest. Times of deliveries and
/// notices are written down every ten seconds: after a crash the last ones may be missing.
package struct TrailStatus: Sendable, Encodable {
    package let arn: String
    package let region: Region
    package let isLogging: Bool
    package let startedAt: Timestamp?
    package let stoppedAt: Timestamp?
    package let deliveredAt: Timestamp?
    package let deliveryError: String?
    package let announcedAt: Timestamp?
    package let announcementError: String?
    package let digestedAt: Timestamp?
    package let digestError: String?
    /// Of the trail's log group, all Regions together.
    package let logGroupAt: Timestamp?
    package let logGroupError: String?

    /// GetTrailStatus's names.
    private enum CodingKeys: String, CodingKey {
        case arn = "TrailARN"
        case region = "Region"
        case isLogging = "IsLogging"
        case startedAt = "StartLoggingTime"
        case stoppedAt = "StopLoggingTime"
        case deliveredAt = "LatestDeliveryTime"
        case deliveryError = "LatestDeliveryError"
        case announcedAt = "LatestNotificationTime"
        case announcementError = "LatestNotificationError"
        case digestedAt = "LatestDigestDeliveryTime"
        case digestError = "LatestDigestDeliveryError"
        case logGroupAt = "LatestCloudWatchLogsDeliveryTime"
        case logGroupError = "LatestCloudWatchLogsDeliveryError"
    }

    /// The members that there is something to say of, by GetTrailStatus's names and in its order; times as ISO 8601 says them.
    package var fields: [(name: String, value: String)] {
        let all: [(CodingKeys, String?)] = [
            (.isLogging, isLogging ? "true" : "false"),
            (.deliveredAt, deliveredAt?.iso8601), (.deliveryError, deliveryError),
            (.announcedAt, announcedAt?.iso8601), (.announcementError, announcementError),
            (.digestedAt, digestedAt?.iso8601), (.digestError, digestError),
            (.logGroupAt, logGroupAt?.iso8601), (.logGroupError, logGroupError),
            (.startedAt, startedAt?.iso8601), (.stoppedAt, stoppedAt?.iso8601),
        ]
        return all.compactMap { key, value in value.map { (key.rawValue, $0) } }
    }

    /// Times are numbers of seconds since 1970.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(arn, forKey: .arn)
        try members.encode(region, forKey: .region)
        try members.encode(isLogging, forKey: .isLogging)
        let times: [(CodingKeys, Timestamp?)] = [
            (.startedAt, startedAt), (.stoppedAt, stoppedAt), (.deliveredAt, deliveredAt), (.announcedAt, announcedAt),
            (.digestedAt, digestedAt), (.logGroupAt, logGroupAt),
        ]
        for (key, time) in times {
            try members.encodeIfPresent(time.map { Double($0.milliseconds) / 1_000 }, forKey: key)
        }
        try members.encodeIfPresent(deliveryError, forKey: .deliveryError)
        try members.encodeIfPresent(announcementError, forKey: .announcementError)
        try members.encodeIfPresent(digestError, forKey: .digestError)
        try members.encodeIfPresent(logGroupError, forKey: .logGroupError)
    }

    // MARK: Reading

    /// How trails stand, trail by trail and each Region after the other; single-Region trails in theirs.
    ///
    /// - Parameter isWanted: which trails.
    package static func read(
        catalog: Catalog, subscriptions: SubscriptionService, partitionCount: Int, of isWanted: (Trail) -> Bool
    ) async throws -> [TrailStatus] {
        guard let routing = try await catalog.routing() else { return [] }
        let progress = try await TrailProgress.read(partitionCount: partitionCount, in: catalog)
        var held: [TrailProgress.Key: (since: Int64, reason: String)] = [:]
        var feeds: [FeedDestination: [FeedPlace]] = [:]
        for partition in 0..<partitionCount {
            for lane in try await CursorDocument(catalog: catalog, partition: partition).read().apart {
                guard let failure = lane.failure else { continue }
                let key = TrailProgress.Key(trail: lane.lane.trail, region: lane.lane.region)
                if lane.since < held[key]?.since ?? .max { held[key] = (lane.since, failure) }
            }
            for place in try await FeedPlace.list(partition, in: catalog) {
                feeds[place.destination, default: []].append(place)
            }
        }
        var digests: [TrailProgress.Key: EventTime] = [:]
        for head in try await HeadDocuments(catalog).list() {
            guard let signedAt = head.signedAt else { continue }
            let key = TrailProgress.Key(trail: head.trail, region: head.name.region)
            digests[key] = max(digests[key] ?? signedAt, signedAt)
        }
        let takers = Dictionary(
            grouping: try await SubscriptionOverview.read(subscriptions, partitionCount: partitionCount)
        ) { $0.subscription.topic.text }
        return routing.trails.filter(isWanted).flatMap { trail in
            (trail.isMultiRegion ? routing.regions : [trail.homeRegion]).map { region in
                let key = TrailProgress.Key(trail: trail.id, region: region)
                let failing = (trail.topic.flatMap { takers[$0] } ?? []).filter { $0.failure != nil }
                    .min { $0.failure!.since < $1.failure!.since }
                let group = trail.logGroup.flatMap { feeds[$0] } ?? []
                return TrailStatus(
                    arn: trail.arn, region: region, isLogging: trail.isLogging,
                    startedAt: trail.startedAt.map { Timestamp(milliseconds: $0) },
                    stoppedAt: trail.stoppedAt.map { Timestamp(milliseconds: $0) },
                    deliveredAt: progress[key]?.deliveredAt.map { Timestamp(milliseconds: $0) },
                    deliveryError: held[key]?.reason,
                    announcedAt: progress[key]?.announcedAt.map { Timestamp(milliseconds: $0) },
                    announcementError: failing.map { "\($0.subscription.name): \($0.failure!.reason)" },
                    digestedAt: digests[key].map { Timestamp(milliseconds: $0.seconds * 1_000) },
                    digestError: progress[key]?.digestFailure?.reason,
                    logGroupAt: group.compactMap(\.deliveredAt).max().map { Timestamp(milliseconds: $0) },
                    logGroupError: group.compactMap(\.failure).min { $0.since < $1.since }?.reason)
            }
        }
    }

    /// Whether anything is known of it, or keeps it.
    package var isSilent: Bool {
        [deliveredAt, announcedAt, digestedAt].allSatisfy { $0 == nil } && error == nil
    }

    /// What keeps it, if anything does; the log files first.
    package var error: String? { deliveryError ?? digestError ?? announcementError ?? logGroupError }
}
