package import CairnFormat
package import CairnKeys
package import CairnNative
package import CairnSystem

/// The keys of event history: one secret that hashes the values that events are looked up by, and for each run and account a data
/// key, wrapped under a trail key of a trail that nobody has, which `cairn keys shred --history` reaches.
package final class HistoryKeys: Sendable {
    private static let secretName = "history/values"

    private let keyring: Keyring
    private let region: Region
    private let account: AccountID
    private let random: any RandomSource
    package let trail: UniqueID

    /// - Parameters:
    ///   - deployment: names the trail that nobody has.
    ///   - region: of the managed key that wraps, as is `account`: the one of trails that name no other.
    package init(
        keyring: Keyring, deployment: UniqueID, region: Region, account: AccountID, random: any RandomSource
    ) {
        (self.keyring, self.region, self.account, self.random) = (keyring, region, account, random)
        trail = Self.trail(of: deployment)
    }

    /// The id that stands where a trail's would.
    package static func trail(of deployment: UniqueID) -> UniqueID {
        UniqueID(random: Array(SHA256.hash(Array("event history of \(deployment)".utf8)).array.prefix(16)))
    }

    /// What hashes values. Made when it is asked for the first time.
    package func values() async throws(KeyError) -> KeyMaterial {
        if let known = try await keyring.secret(Self.secretName) { return known }
        let made = KeyMaterial(
            Secret(count: 32) { (bytes: inout MutableSpan<UInt8>) in random.fill(&bytes) })
        do throws(KeyError) { try await keyring.keep(made, as: Self.secretName) } catch {
            // Two who make one at once go by the one that is kept.
            guard let kept = try await keyring.secret(Self.secretName) else { throw error }
            return kept
        }
        return made
    }

    private static func context(_ account: AccountID, _ file: String) throws(KeyError) -> EncryptionContext {
        do throws(EncryptedFileProblem) {
            return try EncryptionContext(["cairn:history": file, "account": account.description])
        } catch { throw .refused("\(error)") }
    }

    /// A new data key for events of an account.
    ///
    /// - Parameter file: what it is bound to.
    func dataKey(_ account: AccountID, file: String) async throws(KeyError) -> (key: KeyMaterial, wrap: WrappedDataKey)
    {
        let use = KeyUse(
            key: try await keyring.standardKey(region: region, account: self.account).arn, trail: trail,
            account: account, context: try Self.context(account, file))
        let made = try await keyring.dataKey(for: use)
        guard let wrap = made.wraps.first else { preconditionFailure("a data key is wrapped") }
        return (KeyMaterial(made.secret.copy()), wrap)
    }

    /// Opens data keys by what the keyring says now: nothing that was opened is kept, so what another process shreds is gone here too.
    func opening() -> Opening { Opening(keyring: keyring) }

    /// Opens the data keys of one page: each trail key is asked for once.
    struct Opening {
        private let keyring: Keyring
        private var trailKeys: [TrailKeyName: KeyMaterial] = [:]

        fileprivate init(keyring: Keyring) { self.keyring = keyring }

        mutating func open(
            _ wrap: WrappedDataKey, _ account: AccountID, file: String
        ) async throws(KeyError) -> KeyMaterial {
            guard let text = wrap.rawName(namespace: TrailKeyName.namespace), let name = TrailKeyName(text) else {
                throw .unknownKey("\(wrap)")
            }
            let key: KeyMaterial
            if let known = trailKeys[name] { key = known } else { key = try await keyring.trailKey(name) }
            trailKeys[name] = key
            let context = try HistoryKeys.context(account, file)
            do throws(AESGCM.NotAuthentic) {
                return KeyMaterial(try wrap.open(under: AESGCM(key), context: context))
            } catch {
                throw .damagedRecord(
                    key: name.description, reason: "a wrapped key of event history does not open under it")
            }
        }
    }
}
