import CairnFormat
import CairnTrails

/// Trails as DescribeTrails answers with them (reference 6).
struct TrailList: Encodable {
    struct Entry: Encodable {
        var name: String
        var bucket: String
        var prefix: String?
        var topic: String?
        var includesGlobalServiceEvents: Bool
        var isMultiRegion: Bool
        var homeRegion: String
        var arn: String
        var validatesLogFiles: Bool
        var kmsKey: String?
        var hasCustomSelectors: Bool
        var hasInsightSelectors: Bool
        var isOrganizationTrail: Bool

        enum CodingKeys: String, CodingKey {
            case name = "Name"
            case bucket = "S3BucketName"
            case prefix = "S3KeyPrefix"
            case topic = "SnsTopicName"
            case includesGlobalServiceEvents = "IncludeGlobalServiceEvents"
            case isMultiRegion = "IsMultiRegionTrail"
            case homeRegion = "HomeRegion"
            case arn = "TrailARN"
            case validatesLogFiles = "LogFileValidationEnabled"
            case kmsKey = "KmsKeyId"
            case hasCustomSelectors = "HasCustomEventSelectors"
            case hasInsightSelectors = "HasInsightSelectors"
            case isOrganizationTrail = "IsOrganizationTrail"
        }

        init(_ trail: Trail) {
            name = trail.name.text
            bucket = trail.bucket.text
            prefix = trail.prefix?.text
            topic = trail.topic
            includesGlobalServiceEvents = trail.includesGlobalServiceEvents
            isMultiRegion = trail.isMultiRegion
            homeRegion = trail.homeRegion.name
            arn = trail.arn
            validatesLogFiles = trail.validatesLogFiles
            kmsKey = trail.kmsKey?.description
            isOrganizationTrail = trail.organization != nil
            hasCustomSelectors = trail.selectors.hasCustom
            hasInsightSelectors = !trail.insights.isEmpty
        }
    }

    var trailList: [Entry]
}
