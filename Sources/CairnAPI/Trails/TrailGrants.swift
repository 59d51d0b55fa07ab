import CairnCatalog
import CairnFormat
import CairnTrails

/// Whether a trail may have the places that its settings name: a bucket, a topic, a log group, a key. What a trail of the account
/// uses already, the account may go on to use.
struct TrailGrants: Sendable {
    private let bucket: Grant?
    private let topic: Grant?
    private let logGroup: Grant?
    private let key: Grant?

    /// What the catalog says of the places that settings name.
    ///
    /// - Parameter key: the key that they name.
    init(_ settings: TrailSettings, key: KeyARN?, _ catalog: Catalog) async throws(APIError) {
        func read(_ kind: Grant.Kind, _ name: String?) async throws(APIError) -> Grant? {
            guard let name else { return nil }
            do throws(CatalogError) { return try await catalog.grant(kind, name) } catch {
                throw .catalog(error)
            }
        }
        bucket = try await read(.bucket, settings.bucket?.text)
        topic = try await read(.topic, settings.topic?.value?.name)
        logGroup = try await read(.logGroup, settings.logGroup?.value?.group.description)
        self.key = try await read(.key, key?.description)
    }

    /// - Throws: what CreateTrail and UpdateTrail answer (reference 1.6, 4.1, 4.6, 5.6).
    ///
    /// - Parameter name: the key that they name.
    func check(
        _ settings: TrailSettings, key name: KeyARN?, of account: AccountID, _ trails: [Trail]
    ) throws(APIError) {
        let own = trails.filter { $0.account == account }
        if let name = settings.bucket, !own.contains(where: { $0.bucket == name }) {
            guard let bucket else {
                throw APIError(400, "S3BucketDoesNotExistException", "S3 bucket \(name) does not exist!")
            }
            guard bucket.covers(account) else {
                throw APIError(
                    400, "InsufficientS3BucketPolicyException",
                    "Incorrect S3 bucket policy is detected for bucket: \(name)")
            }
        }
        if let name = settings.topic?.value?.name, !own.contains(where: { $0.topic == name }) {
            guard let topic, topic.covers(account) else {
                throw APIError(
                    400, "InsufficientSnsTopicPolicyException",
                    "SNS Topic does not exist or the topic policy is incorrect!")
            }
        }
        if let group = settings.logGroup?.value?.group, !own.contains(where: { $0.logGroup == group }) {
            guard let logGroup, logGroup.covers(account) else {
                throw APIError(
                    400, "InvalidCloudWatchLogsRoleArnException",
                    "Access denied. Verify in IAM that the role has adequate permissions.")
            }
        }
        // An account's own keys are its own; others it must have been given.
        if let name, name.account != account, !own.contains(where: { $0.kmsKey == name }) {
            guard let key, key.covers(account) else {
                throw APIError(
                    400, "InsufficientEncryptionPolicyException",
                    "Insufficient permissions to access KMS key \(name).")
            }
        }
    }
}
