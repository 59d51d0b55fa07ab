import CairnFormat
import CairnTrails

/// The settings that CreateTrail and UpdateTrail take, parsed: nil where the request says nothing of one; a text that clears is
/// `.clear` (reference 6.1).
struct TrailSettings: Sendable {
    /// A setting that may be taken away.
    enum Change<Value: Sendable>: Sendable {
        case set(Value)
        case clear

        var value: Value? { if case .set(let value) = self { value } else { nil } }
    }

    struct Topic: Sendable {
        let name: String
        /// Nil: it was named without.
        let arn: String?
    }

    struct LogGroup: Sendable {
        let group: FeedDestination
        let role: String
    }

    let bucket: BucketName?
    let prefix: Change<KeyPrefix>?
    let topic: Change<Topic>?
    let includesGlobalServiceEvents: Bool?
    let isMultiRegion: Bool?
    let validatesLogFiles: Bool?
    let logGroup: Change<LogGroup>?
    /// As it was named: which key that is, the keyring says.
    let key: Change<String>?
    let isOrganizationTrail: Bool?

    init(_ request: Request) throws(APIError) {
        // In this order, so that of several mistakes the same is told each time. The topic comes before the bucket (reference 4.1).
        topic = try Self.topic(request.text("SnsTopicName"))
        bucket = try Self.bucket(request.text("S3BucketName"))
        prefix = try Self.prefix(request.text("S3KeyPrefix"))
        logGroup = try Self.logGroup(
            request.text("CloudWatchLogsLogGroupArn"), role: request.text("CloudWatchLogsRoleArn"))
        includesGlobalServiceEvents = request.flag("IncludeGlobalServiceEvents")
        isMultiRegion = request.flag("IsMultiRegionTrail")
        validatesLogFiles = request.flag("EnableLogFileValidation")
        key = request.text("KmsKeyId").map { $0.isEmpty ? .clear : .set($0) }
        isOrganizationTrail = request.flag("IsOrganizationTrail")
    }

    private static func bucket(_ text: String?) throws(APIError) -> BucketName? {
        guard let text else { return nil }
        do throws(FormatError) { return try BucketName(text) } catch {
            throw APIError(400, "InvalidS3BucketNameException", "S3BucketName: \(error)")
        }
    }

    private static func prefix(_ text: String?) throws(APIError) -> Change<KeyPrefix>? {
        guard let text else { return nil }
        if text.isEmpty { return .clear }
        do throws(FormatError) { return .set(try KeyPrefix(text)) } catch {
            throw APIError(400, "InvalidS3PrefixException", "S3KeyPrefix: \(error)")
        }
    }

    /// A topic by its name or its ARN. Those of cairn are the deployment's own, whatever Region and account an ARN says.
    private static func topic(_ text: String?) throws(APIError) -> Change<Topic>? {
        guard let text else { return nil }
        if text.isEmpty { return .clear }
        let wrong = APIError(
            400, "InvalidSnsTopicNameException",
            "SnsTopicName: expected a name of 1 to 256 of A-Z a-z 0-9 _ - or a topic's ARN, no FIFO topic, found "
                + "'\(text.prefix(300))'")
        guard text.utf8.count <= 256 else { throw wrong }
        var name = text
        if text.hasPrefix("arn:") {
            guard let arn = try? ARN(text), arn.service == "sns", (try? Region(arn.region)) != nil,
                (try? AccountID(arn.account)) != nil
            else { throw wrong }
            name = arn.resource
        }
        guard Trail.isTopicName(name) else { throw wrong }
        return .set(Topic(name: name, arn: name == text ? nil : text))
    }

    /// Group and role come together; an empty text for either takes both away (reference 4.6).
    private static func logGroup(_ group: String?, role: String?) throws(APIError) -> Change<LogGroup>? {
        if group == nil, role == nil { return nil }
        if group?.isEmpty == true || role?.isEmpty == true { return .clear }
        guard let group else {
            throw APIError(
                400, "InvalidCloudWatchLogsLogGroupArnException",
                "CloudWatchLogsLogGroupArn: expected the log group's ARN, since CloudWatchLogsRoleArn is given, found nothing"
            )
        }
        guard let role else {
            throw APIError(
                400, "InvalidCloudWatchLogsRoleArnException",
                "CloudWatchLogsRoleArn: expected a role's ARN, since CloudWatchLogsLogGroupArn is given, found nothing")
        }
        guard let destination = try? FeedDestination(group), destination.service == .logs else {
            throw APIError(
                400, "InvalidCloudWatchLogsLogGroupArnException",
                "CloudWatchLogsLogGroupArn: expected arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*, found '\(group.prefix(300))'"
            )
        }
        guard let arn = try? ARN(role), arn.service == "iam", arn.resource.hasPrefix("role/") else {
            throw APIError(
                400, "InvalidCloudWatchLogsRoleArnException",
                "CloudWatchLogsRoleArn: expected arn:aws:iam::ACCOUNT:role/NAME, found '\(role.prefix(300))'")
        }
        return .set(LogGroup(group: destination, role: role))
    }

    /// Sets what was asked for, but for the key and the organization, which others know.
    func apply(to trail: inout Trail) {
        if let isMultiRegion { trail = trail.converted(toMultiRegion: isMultiRegion) }
        if let includesGlobalServiceEvents { trail.includesGlobalServiceEvents = includesGlobalServiceEvents }
        if let bucket { trail.bucket = bucket }
        if let prefix { trail.prefix = prefix.value }
        if let topic { (trail.topic, trail.topicARN) = (topic.value?.name, topic.value?.arn) }
        if let validatesLogFiles { trail.validatesLogFiles = validatesLogFiles }
        if let logGroup { (trail.logGroup, trail.logRole) = (logGroup.value?.group, logGroup.value?.role) }
    }
}
