import CairnCatalog
import CairnFormat
import CairnTrails

/// Whether a trail may have the places that its settings name: a bucket, a topic, a log group.
struct TrailGrants: Sendable {
    private let bucket: Grant?
    private let topic: Grant?
    private let logGroup: Grant?

    /// What the catalog says of the places that settings name.
    init(_ settings: TrailSettings, _ catalog: Catalog) async throws(APIError) {
        func read(_ kind: Grant.Kind, _ name: String?) async throws(APIError) -> Grant? {
            guard let name else { return nil }
            do throws(CatalogError) { return try await catalog.grant(kind, name) } catch {
                throw .catalog(error)
            }
        }
        bucket = try await read(.bucket, settings.bucket?.text)
        topic = try await read(.topic, settings.topic?.value?.name)
        logGroup = try await read(.logGroup, settings.logGroup?.value?.group.description)
    }

    /// - Throws: what CreateTrail and UpdateTrail answer (reference 1.6, 4.1, 4.6).
    ///
    /// - Parameters:
    ///   - account: the caller's: whoever administers an organization spends nobody else's grants.
    ///   - kept: the trail that is changed; what it has, it keeps.
    func check(_ settings: TrailSettings, of account: AccountID, keeping kept: Trail? = nil) throws(APIError) {
        if let name = settings.bucket, kept?.bucket != name {
            guard let bucket else {
                throw APIError(400, "S3BucketDoesNotExistException", "S3 bucket \(name) does not exist!")
            }
            guard bucket.covers(account) else {
                throw APIError(
                    400, "InsufficientS3BucketPolicyException",
                    "Incorrect S3 bucket policy is detected for bucket: \(name)")
            }
        }
        if let name = settings.topic?.value?.name, kept?.topic != name {
            guard let topic, topic.covers(account) else {
                throw APIError(
                    400, "InsufficientSnsTopicPolicyException",
                    "SNS Topic does not exist or the topic policy is incorrect!")
            }
        }
        if let group = settings.logGroup?.value?.group, kept?.logGroup != group {
            guard let logGroup, logGroup.covers(account) else {
                throw APIError(
                    400, "InvalidCloudWatchLogsRoleArnException",
                    "Access denied. Verify in IAM that the role has adequate permissions.")
            }
        }
    }

    /// Whether an account's trails may be encrypted under a key: its own, or one that it was given.
    static func covers(_ key: KeyARN, _ account: AccountID, _ catalog: Catalog) async throws(APIError) -> Bool {
        if key.account == account { return true }
        do throws(CatalogError) {
            return try await catalog.grant(.key, key.description)?.covers(account) ?? false
        } catch { throw .catalog(error) }
    }
}
