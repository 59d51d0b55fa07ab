package import CairnDocuments
import CairnFormat
package import CairnKeys
import CairnLog
package import CairnNative
package import CairnObjects
package import CairnRemote
import CairnSQLite
package import CairnSystem
package import CairnTopics
import FoundationEssentials

/// What a node reaches the world through.
package struct Seams: Sendable {
    package var disk: any Disk
    package var time: any TimeSource
    package var random: any RandomSource
    /// Looks up a variable of the environment.
    package var environment: @Sendable (String) -> String?
    /// Whether a time service keeps the wall clock.
    package var clockIsKept: @Sendable () -> Bool
    /// Opens the documents that lie in a file.
    package var documents: @Sendable (_ path: String) throws(DocumentError) -> any DocumentStore
    /// The buckets below a directory of the disk.
    package var objects: @Sendable (_ root: String) -> any ObjectStore
    /// Buckets in S3.
    package var s3: @Sendable (_ settings: S3Settings) throws(CredentialsProblem) -> any ObjectStore
    /// What passes notices on to those who subscribe to topics.
    package var outlets:
        @Sendable (
            _ settings: OutletSettings, _ topicARN: @escaping @Sendable (TopicName) -> String,
            _ secrets: @escaping Outlets.Secrets
        ) throws(TopicError) -> Outlets.Opening
    /// What sends events on to the destinations that trails name.
    package var feeds: @Sendable (_ settings: FeedSettings) throws(TopicError) -> FeedSinks.Opening
    /// The KMS elsewhere that answers at an endpoint.
    package var kms: @Sendable (_ endpoint: String) throws(KeyError) -> any KeyService
    /// Makes a new RSA key of so many bits.
    package var makeRSAKey: @Sendable (_ bits: Int) -> RSAPrivateKey
    /// The lists of deliveries and the topics' logs.
    package var ownerLogs: OwnerLogs

    package init(
        disk: any Disk, time: any TimeSource, random: any RandomSource,
        environment: @escaping @Sendable (String) -> String?, clockIsKept: @escaping @Sendable () -> Bool,
        documents: @escaping @Sendable (_ path: String) throws(DocumentError) -> any DocumentStore,
        objects: @escaping @Sendable (_ root: String) -> any ObjectStore,
        s3: @escaping @Sendable (_ settings: S3Settings) throws(CredentialsProblem) -> any ObjectStore,
        outlets:
            @escaping @Sendable (
                _ settings: OutletSettings, _ topicARN: @escaping @Sendable (TopicName) -> String,
                _ secrets: @escaping Outlets.Secrets
            ) throws(TopicError) -> Outlets.Opening,
        feeds: @escaping @Sendable (_ settings: FeedSettings) throws(TopicError) -> FeedSinks.Opening,
        kms: @escaping @Sendable (_ endpoint: String) throws(KeyError) -> any KeyService,
        makeRSAKey: @escaping @Sendable (_ bits: Int) -> RSAPrivateKey, ownerLogs: OwnerLogs
    ) {
        (self.disk, self.time, self.random) = (disk, time, random)
        (self.environment, self.clockIsKept) = (environment, clockIsKept)
        (self.documents, self.objects, self.s3) = (documents, objects, s3)
        (self.outlets, self.feeds, self.kms, self.makeRSAKey) = (outlets, feeds, kms, makeRSAKey)
        self.ownerLogs = ownerLogs
    }

    /// The machine's own.
    package static let system: Seams = {
        let (disk, time) = (LocalDisk(), SystemTime())
        let random = OpenSSLRandom()
        let environment: @Sendable (String) -> String? = { ProcessInfo.processInfo.environment[$0] }
        // The Regions of topics and destinations stand in their ARNs; this one is for whoever hands credentials out.
        let credentials: @Sendable () -> CredentialsChain = {
            let region = environment("AWS_REGION") ?? environment("AWS_DEFAULT_REGION") ?? "us-east-1"
            return CredentialsChain(CredentialsSettings(region: region, variable: environment), time: time)
        }
        return Seams(
            disk: disk, time: time, random: random, environment: environment,
            clockIsKept: { KernelClock.isKept },
            documents: { (path) throws(DocumentError) in try SQLiteDocuments(path: path) },
            objects: { DirectoryStore(disk: disk, root: $0) },
            s3: { (settings) throws(CredentialsProblem) in
                let credentials = CredentialsChain(
                    CredentialsSettings(region: settings.region.name, variable: environment), time: time)
                return try S3Store(settings, credentials: credentials, time: time, random: random)
            },
            outlets: { (settings, topicARN, secrets) throws(TopicError) in
                let outlets = try Outlets(
                    settings, credentials: credentials(), time: time, topicARN: topicARN, secrets: secrets)
                return { (subscription) throws(TopicError) in try await outlets.topic(for: subscription) }
            },
            feeds: { (settings) throws(TopicError) in
                let sinks = try FeedSinks(settings, credentials: credentials(), time: time)
                return { sinks.sink($0) }
            },
            kms: { (endpoint) throws(KeyError) in
                guard let credentials = SigV4Credentials.environment(environment) else {
                    throw .refused(
                        "--kms-endpoint \(endpoint): its credentials are not set: AWS_ACCESS_KEY_ID and "
                            + "AWS_SECRET_ACCESS_KEY")
                }
                return try RemoteKMS(endpoint: endpoint, credentials: credentials, time: time)
            },
            makeRSAKey: { RSAPrivateKey.generate(bits: $0) },
            ownerLogs: .segments(disk: disk, random: random, time: time))
    }()
}
