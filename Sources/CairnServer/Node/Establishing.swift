package import CairnCatalog
import CairnDocuments
package import CairnFormat
import CairnHTTP
package import CairnKeys
import CairnNative
import CairnSystem
package import CairnTopics
import CairnTrails

/// Sets a new data directory up: the deployment, its first account and principal, a trail, a topic and a queue.
package struct Establishing: Sendable {
    /// The names of what a new data directory has.
    package static let bucketName = "cairn-logs"
    package static let topicName = "cairn-deliveries"
    package static let queueName = "cairn-queue"
    package static let trailName = "main"

    private let catalog: Catalog
    private let keyring: Keyring
    private let seams: Seams
    private let directory: DataDirectory
    private let settings: NodeSettings

    package init(
        catalog: Catalog, keyring: Keyring, seams: Seams, directory: DataDirectory, settings: NodeSettings
    ) {
        self.catalog = catalog
        self.keyring = keyring
        self.seams = seams
        self.directory = directory
        self.settings = settings
    }

    /// The deployment, set up now if the directory is new.
    ///
    /// - Parameter makesTrail: whether a new deployment begins with a trail.
    package func run(queues: (Deployment) -> QueueService, makesTrail: Bool) async throws(NodeError) -> Deployment {
        do throws(CatalogError) {
            // Each step may have been done by a start that was cut off, the last by one that was not.
            if try await !catalog.principals().isEmpty { return try await catalog.deployment() }
            let deployment = try await catalog.establish(
                Deployment(
                    id: UniqueID(random: seams.random.bytes(16)),
                    partitionCount: settings.partitionCount,
                    homeRegion: settings.homeRegion,
                    account: settings.account,
                    nameKey: seams.random.bytes(32)
                ))
            try await catalog.changeRouting { (snapshot) throws(CatalogError) in
                if snapshot.regions.isEmpty { snapshot.regions = settings.regions }
            }
            try await addAccounts([deployment.account], trail: makesTrail ? Self.trailName : nil, deployment)
            if makesTrail {
                do throws(TopicError) {
                    try await queues(deployment).create(
                        try TopicName(Self.queueName), topic: try TopicName(Self.topicName))
                } catch {
                    if case .queueExists = error {} else { throw CatalogError.refused(error.description) }
                }
            }
            try await makePrincipal(deployment)
            return deployment
        } catch {
            throw .catalog(error)
        }
    }

    /// Adds accounts in one change, each with a multi-Region trail of all management events if `trail` names one.
    package func addAccounts(_ accounts: [AccountID], trail name: String?, _ deployment: Deployment)
        async throws(CatalogError)
    {
        let ids = accounts.map { _ in UniqueID(random: seams.random.bytes(16)) }
        let compression = settings.compression
        let key = name == nil ? nil : try await standardKey(deployment)
        try await catalog.changeRouting { (snapshot) throws(CatalogError) in
            var known = Set(snapshot.accounts)
            var withTrail = Set(snapshot.trails.filter { $0.name.text == name }.map(\.account))
            for (account, id) in zip(accounts, ids) {
                if known.insert(account).inserted { snapshot.accounts.append(account) }
                guard let name, withTrail.insert(account).inserted else { continue }
                snapshot.trails.append(
                    try makeTrail(id, name, account, deployment.homeRegion, compression: compression, key: key))
            }
        }
    }

    /// The managed key of trails that name no other.
    package func standardKey(_ deployment: Deployment) async throws(CatalogError) -> KeyARN {
        do throws(KeyError) {
            return try await keyring.standardKey(region: deployment.homeRegion, account: deployment.account).arn
        } catch { throw .refused("\(error)") }
    }

    private func makeTrail(
        _ id: UniqueID, _ name: String, _ account: AccountID, _ region: Region, compression: CompressionChoice,
        key: KeyARN?
    ) throws(CatalogError) -> Trail {
        do {
            return try Trail(
                id: id,
                name: try TrailName(name),
                account: account,
                homeRegion: region,
                bucket: try BucketName(Self.bucketName),
                topic: Self.topicName,
                isMultiRegion: true,
                validatesLogFiles: true,
                isLogging: true,
                startedAt: seams.time.now.milliseconds,
                compression: compression,
                kmsKey: key
            )
        } catch {
            throw .refused("\(error)")
        }
    }

    /// The first principal: may write for every account there is. Its secrets stand in the credentials file alone.
    private func makePrincipal(_ deployment: Deployment) async throws(CatalogError) {
        let made = Credentials(random: seams.random)
        do throws(DiskError) {
            // What an earlier start left there names a principal that was never made.
            try await seams.disk.remove(directory.credentials)
            try await seams.disk.put(Array(made.profile.utf8), at: directory.credentials)
        } catch {
            throw .refused("the credentials file cannot be written: \(error)")
        }
        do throws(KeyError) {
            try await keyring.keep(made.secret, as: AccessKeys.secretName(made.accessKeyID))
        } catch { throw .refused("\(error)") }
        try await catalog.add(
            Principal(
                id: made.accessKeyID, name: "first", accounts: nil, tokenHash: SHA256.hash(Array(made.token.utf8)),
                permissions: Permission.allCases))
    }
}
