import CairnFormat
import CairnTrails

/// A trail as answers show it (reference 6.1, 6.8). Members that are not set are left out.
enum TrailAnswer {
    /// What CreateTrail and UpdateTrail answer.
    static func settings(_ trail: Trail) -> StrictJSON { .object(members(trail)) }

    /// What GetTrail and DescribeTrails answer: three members more.
    static func description(_ trail: Trail) -> StrictJSON {
        .object(
            members(trail) + [
                ("HomeRegion", .string(trail.homeRegion.name)),
                ("HasCustomEventSelectors", .bool(trail.selectors.hasCustom)),
                ("HasInsightSelectors", .bool(!trail.insights.isEmpty)),
            ])
    }

    private static func members(_ trail: Trail) -> [(name: String, value: StrictJSON)] {
        let all: [(name: String, value: StrictJSON?)] = [
            ("Name", .string(trail.name.text)), ("S3BucketName", .string(trail.bucket.text)),
            ("S3KeyPrefix", trail.prefix.map { .string($0.text) }),
            // What was asked for comes back, a name or an ARN, so that who compares finds no difference.
            ("SnsTopicName", trail.topic.map { .string(trail.topicARN ?? $0) }),
            ("SnsTopicARN", trail.announcedTopicARN.map { .string($0) }),
            ("IncludeGlobalServiceEvents", .bool(trail.includesGlobalServiceEvents)),
            ("IsMultiRegionTrail", .bool(trail.isMultiRegion)), ("TrailARN", .string(trail.arn)),
            ("LogFileValidationEnabled", .bool(trail.validatesLogFiles)),
            ("CloudWatchLogsLogGroupArn", trail.logGroup.map { .string($0.description) }),
            ("CloudWatchLogsRoleArn", trail.logRole.map { .string($0) }),
            ("KmsKeyId", trail.kmsKey.map { .string($0.description) }),
            ("IsOrganizationTrail", .bool(trail.organization != nil)),
        ]
        return all.compactMap { name, value in value.map { (name, $0) } }
    }
}
