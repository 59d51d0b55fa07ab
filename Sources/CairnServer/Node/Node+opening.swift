package import CairnCatalog
package import CairnDocuments
import CairnFormat
package import CairnKeys
import CairnLog
package import CairnObjects
import CairnRemote
import CairnSystem
package import CairnTopics

/// What a node opens, and commands beside it.
extension Node {
    /// Opens the documents of a data directory.
    package static func documents(
        _ directory: DataDirectory, _ seams: Seams
    ) throws(NodeError) -> any DocumentStore {
        do throws(DocumentError) { return try seams.documents(directory.documents) } catch {
            throw .documents(error)
        }
    }

    /// The buckets of a deployment: those that the settings name in S3, all others below the data directory.
    package static func objects(
        _ directory: DataDirectory, _ settings: NodeSettings, _ seams: Seams
    ) throws(NodeError) -> any ObjectStore {
        let local = seams.objects(directory.buckets)
        guard !settings.s3Buckets.isEmpty else { return local }
        let quarantine = DirectoryStore(disk: seams.disk, root: directory.buckets, quarantine: directory.quarantine)
        return BucketStores(settings.s3Buckets, in: try s3(settings, seams), others: local) {
            (object, location) throws(ObjectError) in try await quarantine.keep(object, of: location)
        }
    }

    /// Buckets in S3, whichever these are.
    package static func s3(_ settings: NodeSettings, _ seams: Seams) throws(NodeError) -> any ObjectStore {
        do throws(CredentialsProblem) { return try seams.s3(settings.s3) } catch { throw .s3(error.description) }
    }

    /// The keyring of a data directory.
    ///
    /// - Parameter isMade: whether to make one if there is none.
    package static func keyring(
        _ documents: any DocumentStore, _ settings: NodeSettings, _ seams: Seams, isMade: Bool
    ) async throws(NodeError) -> Keyring {
        do throws(KeyError) {
            let kms = try KeyServices.remote(settings, seams)
            if isMade {
                return try await Keyring.establish(
                    documents: documents, time: seams.time, random: seams.random, root: settings.rootKey,
                    period: settings.keyPeriod, kms: kms, environment: seams.environment, makeRSAKey: seams.makeRSAKey)
            }
            return try await Keyring.open(
                documents: documents, time: seams.time, random: seams.random, root: settings.rootKey,
                period: settings.keyPeriod, kms: kms, environment: seams.environment, makeRSAKey: seams.makeRSAKey)
        } catch { throw .keys(error) }
    }

    /// The queues of a data directory, readable from any process.
    package static func queues(
        _ directory: DataDirectory, _ seams: Seams, _ documents: any DocumentStore, keys: LogKeys, partitionCount: Int
    ) -> QueueService {
        let readers = TopicReaders(logs: seams.ownerLogs, directory: directory, keys: keys)
        return QueueService(
            documents: documents, time: seams.time, random: seams.random, partitionCount: partitionCount
        ) { readers.log($0, $1) }
    }

    /// The subscriptions of a data directory's topics.
    package static func subscriptions(
        _ directory: DataDirectory, _ seams: Seams, _ documents: any DocumentStore, keys: LogKeys, partitionCount: Int
    ) -> SubscriptionService {
        let readers = TopicReaders(logs: seams.ownerLogs, directory: directory, keys: keys)
        return SubscriptionService(documents: documents, random: seams.random, partitionCount: partitionCount) {
            readers.log($0, $1)
        }
    }

    /// What passes a deployment's notices on.
    package static func outlets(
        _ settings: NodeSettings, _ seams: Seams, _ keyring: Keyring, _ deployment: Deployment
    ) throws(NodeError) -> Outlets.Opening {
        do throws(TopicError) {
            return try seams.outlets(
                settings.outlets,
                { NoticeEnvelope.topicARN($0.text, region: deployment.homeRegion, account: deployment.account) }
            ) { (name) throws(TopicError) in
                do throws(KeyError) { return try await keyring.secret(name) } catch { throw .away(error.description) }
            }
        } catch { throw .topic(error) }
    }

    /// What sends a deployment's events on.
    static func feeds(_ settings: NodeSettings, _ seams: Seams) throws(NodeError) -> FeedSinks.Opening {
        do throws(TopicError) { return try seams.feeds(settings.feeds) } catch { throw .topic(error) }
    }
}
