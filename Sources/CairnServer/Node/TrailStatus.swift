package import CairnAPI
package import CairnCatalog
import CairnDelivery
import CairnDigests
package import CairnFormat
import CairnLog
import CairnSystem
package import CairnTopics
package import CairnTrails

/// How a trail stands in one Region, with what GetTrailStatus says of it (reference 6.9).
///
/// Of several lanes, subscriptions or chains that fail, the one is named that has failed longest. Times of deliveries and
/// notices are written down every ten seconds: after a crash the last ones may be missing.
package struct TrailStatus: Sendable, Encodable {
    package let arn: String
    package let region: Region
    package let state: TrailState

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
            (.isLogging, state.isLogging ? "true" : "false"),
            (.deliveredAt, state.deliveredAt?.iso8601), (.deliveryError, state.deliveryError),
            (.announcedAt, state.announcedAt?.iso8601), (.announcementError, state.announcementError),
            (.digestedAt, state.digestedAt?.iso8601), (.digestError, state.digestError),
            (.logGroupAt, state.logGroupAt?.iso8601), (.logGroupError, state.logGroupError),
            (.startedAt, state.startedAt?.iso8601), (.stoppedAt, state.stoppedAt?.iso8601),
        ]
        return all.compactMap { key, value in value.map { (key.rawValue, $0) } }
    }

    /// Times are numbers of seconds since 1970.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(arn, forKey: .arn)
        try members.encode(region, forKey: .region)
        try members.encode(state.isLogging, forKey: .isLogging)
        let times: [(CodingKeys, Timestamp?)] = [
            (.startedAt, state.startedAt), (.stoppedAt, state.stoppedAt), (.deliveredAt, state.deliveredAt),
            (.announcedAt, state.announcedAt), (.digestedAt, state.digestedAt), (.logGroupAt, state.logGroupAt),
        ]
        for (key, time) in times {
            try members.encodeIfPresent(time.map { Double($0.milliseconds) / 1_000 }, forKey: key)
        }
        try members.encodeIfPresent(state.deliveryError, forKey: .deliveryError)
        try members.encodeIfPresent(state.announcementError, forKey: .announcementError)
        try members.encodeIfPresent(state.digestError, forKey: .digestError)
        try members.encodeIfPresent(state.logGroupError, forKey: .logGroupError)
    }

    // MARK: Reading

    /// For more trails than this the heads of all digests are read at once.
    private static let familyCountMax = 20

    /// How trails stand, trail by trail and each Region after the other; single-Region trails in theirs.
    ///
    /// - Parameters:
    ///   - isWanted: which trails.
    ///   - region: nil: every Region that they are in.
    package static func read(
        catalog: Catalog, subscriptions: SubscriptionService, partitionCount: Int, of isWanted: (Trail) -> Bool,
        in region: Region? = nil
    ) async throws -> [TrailStatus] {
        guard let routing = try await catalog.routing() else { return [] }
        let wanted = routing.trails.filter(isWanted).map { trail in
            let regions = routing.regions(of: trail)
            return (trail: trail, regions: regions.filter { region == nil || $0 == region })
        }
        // Only what the trails' lanes are in is read.
        let partitions = Set(
            wanted.flatMap { trail, regions in
                trail.accounts(of: routing.organization).flatMap { account in
                    regions.map { PartitionRule.partition(account, $0, count: partitionCount) }
                }
            })
        let progress = try await TrailProgress.read(partitions: partitions, in: catalog)
        var held: [TrailProgress.Key: (since: Int64, reason: String)] = [:]
        for partition in partitions.sorted() {
            for lane in try await CursorDocument(catalog: catalog, partition: partition).read().apart {
                guard let failure = lane.failure else { continue }
                let key = TrailProgress.Key(trail: lane.lane.trail, region: lane.lane.region)
                if lane.since < held[key]?.since ?? .max { held[key] = (lane.since, failure) }
            }
        }
        var feeds: [FeedDestination: [FeedPlace]] = [:]
        if wanted.contains(where: { $0.trail.logGroup != nil }) {
            for partition in 0..<partitionCount {
                for place in try await FeedPlace.list(partition, in: catalog) {
                    feeds[place.destination, default: []].append(place)
                }
            }
        }
        let digests = try await digests(of: wanted.map(\.trail), catalog)
        var takers: [String: [SubscriptionOverview]] = [:]
        if wanted.contains(where: { $0.trail.topic != nil }) {
            takers = Dictionary(
                grouping: try await SubscriptionOverview.read(subscriptions, partitionCount: partitionCount)
            ) { $0.subscription.topic.text }
        }
        return wanted.flatMap { trail, regions in
            regions.map { region in
                let key = TrailProgress.Key(trail: trail.id, region: region)
                let failing = (trail.topic.flatMap { takers[$0] } ?? []).filter { $0.failure != nil }
                    .min { $0.failure!.since < $1.failure!.since }
                let group = trail.logGroup.flatMap { feeds[$0] } ?? []
                var state = TrailState(isLogging: trail.isLogging)
                state.startedAt = trail.startedAt.map { Timestamp(milliseconds: $0) }
                state.stoppedAt = trail.stoppedAt.map { Timestamp(milliseconds: $0) }
                state.deliveredAt = progress[key]?.deliveredAt.map { Timestamp(milliseconds: $0) }
                state.deliveryError = held[key]?.reason
                state.announcedAt = progress[key]?.announcedAt.map { Timestamp(milliseconds: $0) }
                state.announcementError = failing.map { "\($0.subscription.name): \($0.failure!.reason)" }
                state.digestedAt = digests[key].map { Timestamp(milliseconds: $0.seconds * 1_000) }
                state.digestError = progress[key]?.digestFailure?.reason
                state.logGroupAt = group.compactMap(\.deliveredAt).max().map { Timestamp(milliseconds: $0) }
                state.logGroupError = group.compactMap(\.failure).min { $0.since < $1.since }?.reason
                return TrailStatus(arn: trail.arn, region: region, state: state)
            }
        }
    }

    /// When the newest digest of each was signed.
    private static func digests(
        of trails: [Trail], _ catalog: Catalog
    ) async throws -> [TrailProgress.Key: EventTime] {
        let documents = HeadDocuments(catalog)
        var heads: [ChainHead] = []
        if trails.count > familyCountMax {
            heads = try await documents.list()
        } else {
            for trail in trails {
                let name = ChainName(
                    organization: trail.organization.map { ChainName.Organization(id: $0, owner: trail.account) },
                    account: trail.account, home: trail.homeRegion, trail: trail.name, region: trail.homeRegion)
                heads += try await documents.list(family: name.family)
            }
        }
        var digests: [TrailProgress.Key: EventTime] = [:]
        for head in heads {
            guard let signedAt = head.signedAt else { continue }
            let key = TrailProgress.Key(trail: head.trail, region: head.name.region)
            digests[key] = max(digests[key] ?? signedAt, signedAt)
        }
        return digests
    }

    /// Whether anything is known of it, or keeps it.
    package var isSilent: Bool {
        [state.deliveredAt, state.announcedAt, state.digestedAt].allSatisfy { $0 == nil } && error == nil
    }

    /// What keeps it, if anything does; the log files first.
    package var error: String? {
        state.deliveryError ?? state.digestError ?? state.announcementError ?? state.logGroupError
    }
}
