package import CairnCatalog
package import CairnKeys
import CairnNative
package import CairnSystem
import Synchronization

/// Access keys: whose they are, and their secret halves, which the keyring keeps. Learns of changes within a second.
package final class AccessKeys: Sendable {
    /// An access key that is in force.
    struct Holder: Sendable {
        let principal: Principal
        let secret: KeyMaterial
    }

    private struct State {
        var principals: [String: Principal] = [:]
        var readAt: Duration?
        /// Opened secrets, by access key id.
        var secrets: [String: KeyMaterial] = [:]
    }

    private static let freshness = Duration.seconds(1)
    /// One that is not known may have been made just now: it is looked for this often, whoever asks, and waited for.
    private static let strangerFreshness = Duration.milliseconds(100)
    private static let secretCountMax = 10_000

    /// What a request with an unknown access key is verified with, so that it takes as long.
    let stranger: KeyMaterial
    private let catalog: Catalog
    private let keyring: Keyring
    private let time: any TimeSource
    private let state = Mutex(State())

    package init(catalog: Catalog, keyring: Keyring, time: any TimeSource, random: any RandomSource) {
        (self.catalog, self.keyring, self.time) = (catalog, keyring, time)
        stranger = KeyMaterial(Secret(count: 40) { (bytes: inout MutableSpan<UInt8>) in random.fill(&bytes) })
    }

    /// The name of an access key's secret in the keyring.
    package static func secretName(_ id: String) -> String { "access/\(id)" }

    /// The holder of an access key; nil when there is none, or it is disabled.
    func holder(_ id: String) async throws(DoorError) -> Holder? {
        let early = state.withLock { state in
            guard state.principals[id] == nil, let readAt = state.readAt else { return Duration.zero }
            return Self.strangerFreshness - (time.uptime - readAt)
        }
        if early > .zero {
            do { try await time.sleep(for: early) } catch {
                throw .catalog(.refused("this process is ending: send again"))
            }
        }
        let now = time.uptime
        // Whoever finds that it is time to look does; others go by what was known meanwhile.
        let isStale = state.withLock { state in
            let limit = state.principals[id] == nil ? Self.strangerFreshness : Self.freshness
            guard let readAt = state.readAt else { return true }
            guard now - readAt >= limit else { return false }
            state.readAt = now
            return true
        }
        if isStale {
            let all: [Principal]
            do throws(CatalogError) { all = try await catalog.principals() } catch {
                state.withLock { $0.readAt = nil }
                throw .catalog(error)
            }
            state.withLock { state in
                state.principals = Dictionary(all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
                state.readAt = now
            }
        }
        guard let principal = state.withLock({ $0.principals[id] }), !principal.isDisabled else { return nil }
        if let secret = state.withLock({ $0.secrets[id] }) { return Holder(principal: principal, secret: secret) }
        let secret: KeyMaterial?
        do throws(KeyError) { secret = try await keyring.secret(Self.secretName(id)) } catch {
            throw .catalog(.refused("the secret of an access key cannot be opened: \(error)"))
        }
        guard let secret else { return nil }
        state.withLock { state in
            if state.secrets.count >= Self.secretCountMax { state.secrets = [:] }
            state.secrets[id] = secret
        }
        return Holder(principal: principal, secret: secret)
    }
}
