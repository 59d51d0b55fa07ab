package import CairnFormat
package import CairnNative
import CairnSystem

/// Where the root key comes from.
package enum RootSource: Sendable, Equatable, CustomStringConvertible {
    /// A file of 64 hex digits or 32 bytes, readable by its owner alone.
    case file(String)
    /// A file of systemd's credential directory (`LoadCredential=`).
    case credential(String)
    /// Derived from a passphrase by scrypt; read from a file, or asked for at the terminal.
    case passphrase(file: String?)
    /// 64 hex digits in an environment variable: for tests, since others may see it.
    case environment(String)
    /// Wrapped by a key of a KMS elsewhere.
    case kms(KeyARN)

    /// Reads `file:PATH`, `credential:NAME`, `passphrase`, `passphrase:PATH`, `env:NAME` or `kms:ARN`; nil for anything
    /// else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rest = parts.count == 2 ? parts[1] : ""
        switch parts[0] {
        case "file" where !rest.isEmpty: self = .file(rest)
        case "credential" where !rest.isEmpty && !rest.contains("/") && rest != "..": self = .credential(rest)
        case "passphrase": self = .passphrase(file: rest.isEmpty ? nil : rest)
        case "env" where !rest.isEmpty: self = .environment(rest)
        case "kms":
            guard let key = try? KeyARN(rest) else { return nil }
            self = .kms(key)
        default: return nil
        }
    }

    package var description: String {
        switch self {
        case .file(let path): "file:\(path)"
        case .credential(let name): "credential:\(name)"
        case .passphrase(let file): file.map { "passphrase:\($0)" } ?? "passphrase"
        case .environment(let name): "env:\(name)"
        case .kms(let key): "kms:\(key)"
        }
    }

    /// What a root key that a KMS wraps is bound to.
    private static let context = try? EncryptionContext(["cairn:keyring": "root"])

    private static let keyByteCount = 32

    // MARK: Reading

    /// The root key of an existing keyring.
    ///
    /// - Parameter kms: for a root key that a KMS wraps.
    func read(
        _ document: RootDocument, kms: (any KeyService)?, environment: (String) -> String?
    ) async throws(KeyError) -> KeyMaterial {
        if case .kms(let key) = self { return try await readWrapped(document, key, kms) }
        guard case .passphrase(let file) = self else { return try readKey(environment: environment) }
        let passphrase = try Self.passphrase(file: file, self, prompt: "passphrase of the root key: ")
        let candidates = document.roots.filter { $0.scrypt != nil }
        guard !candidates.isEmpty else { throw .otherRoot }
        for root in candidates {
            guard let scrypt = root.scrypt else { continue }
            let cost = Scrypt.Cost(n: scrypt.n, r: scrypt.r, p: scrypt.p)
            guard cost.isAcceptable else {
                throw .rootSource(
                    source: "\(self)", reason: "N=\(scrypt.n), r=\(scrypt.r), p=\(scrypt.p) is more work than is taken")
            }
            guard
                let key = Scrypt.derive(
                    passphrase.secret, salt: scrypt.salt, cost: cost, count: Self.keyByteCount)
            else { throw .rootSource(source: "\(self)", reason: "there is no memory for scrypt") }
            let material = KeyMaterial(key)
            if ConstantTime.equal(Array(RootKeys.id(of: material).utf8), Array(root.id.utf8)) { return material }
        }
        throw .otherRoot
    }

    /// A root key for a new keyring: made now if it is a file that is not there yet, or a passphrase.
    func make(
        at: Int64, random: any RandomSource, kms: (any KeyService)?, environment: (String) -> String?
    ) async throws(KeyError) -> (key: KeyMaterial, root: RootDocument.Root) {
        var derivation: RootDocument.Derivation?
        var wrapped: [UInt8]?
        let key: KeyMaterial
        switch self {
        case .file(let path):
            do throws(SecretFile.Problem) {
                key = KeyMaterial(try Self.key(SecretFile.read(path, limit: 256, isPrivate: true)))
            } catch .notFound {
                key = KeyMaterial(
                    Secret(count: Self.keyByteCount) { (bytes: inout MutableSpan<UInt8>) in random.fill(&bytes) })
                do throws(SecretFile.Problem) { try SecretFile.create(path, SecretText.hex(key.secret)) } catch .exists
                {
                    // Somebody else made one at the same moment, whole.
                    return try await make(at: at, random: random, kms: kms, environment: environment)
                } catch {
                    throw .rootSource(source: "\(self)", reason: Self.text(error))
                }
            } catch { throw .rootSource(source: "\(self)", reason: Self.text(error)) }
        case .passphrase(let file):
            let passphrase = try Self.passphrase(file: file, self, prompt: "new passphrase for the root key: ")
            let cost = Scrypt.Cost.standard
            let salt = random.bytes(32)
            guard let made = Scrypt.derive(passphrase.secret, salt: salt, cost: cost, count: Self.keyByteCount) else {
                throw .rootSource(source: "\(self)", reason: "there is no memory for scrypt")
            }
            key = KeyMaterial(made)
            derivation = .init(n: cost.n, r: cost.r, p: cost.p, salt: salt)
        case .kms(let arn):
            let use = KeyUse(
                key: arn, trail: UniqueID(random: [UInt8](repeating: 0, count: 16)), account: arn.account,
                context: Self.context ?? .empty)
            let made = try await Self.service(kms, self).dataKey(for: use)
            wrapped = made.wraps.first?.ciphertext
            key = KeyMaterial(made.secret.copy())
        default: key = try readKey(environment: environment)
        }
        return (
            key,
            RootDocument.Root(
                id: RootKeys.id(of: key), source: description, scrypt: derivation, wrapped: wrapped, createdAt: at)
        )
    }

    private static func service(
        _ kms: (any KeyService)?, _ source: RootSource
    ) throws(KeyError) -> any KeyService {
        guard let kms else {
            throw .rootSource(source: "\(source)", reason: "no KMS is configured: see --kms-endpoint")
        }
        return kms
    }

    private func readWrapped(
        _ document: RootDocument, _ arn: KeyARN, _ kms: (any KeyService)?
    ) async throws(KeyError) -> KeyMaterial {
        // The newest first: during a change of roots there are two.
        for root in document.roots.reversed() where root.source == description {
            guard let wrapped = root.wrapped else { continue }
            let wrap = WrappedDataKey(kmsKey: arn.description, ciphertext: wrapped)
            let key = try await Self.service(kms, self).open(wrap, context: Self.context ?? .empty)
            return KeyMaterial(key)
        }
        throw .otherRoot
    }

    /// Puts a root key that came from elsewhere where this source finds it; only a file can take one.
    func save(_ key: KeyMaterial, environment: (String) -> String?) throws(KeyError) {
        guard case .file(let path) = self else {
            let present = try readKey(environment: environment)
            guard RootKeys.id(of: present) == RootKeys.id(of: key) else { throw .otherRoot }
            return
        }
        do throws(SecretFile.Problem) { try SecretFile.create(path, SecretText.hex(key.secret)) } catch {
            let present = try readFile(path)
            guard RootKeys.id(of: present) == RootKeys.id(of: key) else {
                throw .rootSource(source: "\(self)", reason: "another root key is there: move it away first")
            }
        }
    }

    private func readKey(environment: (String) -> String?) throws(KeyError) -> KeyMaterial {
        switch self {
        case .file(let path): return try readFile(path)
        case .credential(let name):
            guard let directory = environment("CREDENTIALS_DIRECTORY") else {
                throw .rootSource(
                    source: "\(self)",
                    reason: "CREDENTIALS_DIRECTORY is not set: start cairn from a unit with LoadCredential=\(name):…")
            }
            // For a unit with User= systemd grants access by a list: mode 0440, in a directory that nobody else enters.
            return try readFile("\(directory)/\(name)", groupMayRead: true)
        case .environment(let name):
            guard let text = SecretFile.environment(name) else {
                throw .rootSource(source: "\(self)", reason: "the variable is not set")
            }
            do throws(SecretFile.Problem) { return KeyMaterial(try Self.key(text)) } catch {
                throw .rootSource(source: "\(self)", reason: Self.text(error))
            }
        case .passphrase, .kms:
            throw .rootSource(
                source: "\(self)",
                reason: "it makes no given key: restore with --root-key file:PATH, then 'cairn "
                    + "keys reroot'")
        }
    }

    private func readFile(_ path: String, groupMayRead: Bool = false) throws(KeyError) -> KeyMaterial {
        do throws(SecretFile.Problem) {
            return KeyMaterial(
                try Self.key(SecretFile.read(path, limit: 256, isPrivate: true, groupMayRead: groupMayRead)))
        } catch { throw .rootSource(source: "\(self)", reason: Self.text(error)) }
    }

    /// Puts a root key file in the place of another, whose content is destroyed.
    package static func replace(_ path: String, with new: String) throws(KeyError) {
        do throws(SecretFile.Problem) {
            // A crash before has put it in its place already.
            do throws(SecretFile.Problem) { _ = try SecretFile.read(new, limit: 256, isPrivate: true) } catch .notFound
            {
                return
            }
            try SecretFile.overwrite(path, with: new)
        } catch { throw .rootSource(source: "file:\(path)", reason: text(error)) }
    }

    /// A passphrase from a file or the terminal.
    package static func passphrase(file: String?, prompt: String) throws(KeyError) -> KeyMaterial {
        try passphrase(file: file, .passphrase(file: file), prompt: prompt)
    }

    private static func passphrase(file: String?, _ source: RootSource, prompt: String) throws(KeyError) -> KeyMaterial
    {
        guard let file else {
            guard let typed = SecretFile.prompt(prompt) else {
                throw .rootSource(
                    source: "\(source)", reason: "there is no terminal to ask at: give a file, passphrase:PATH")
            }
            return KeyMaterial(typed)
        }
        do throws(SecretFile.Problem) {
            let text = try SecretFile.read(file, limit: 1_024, isPrivate: true)
            guard let passphrase = SecretText.withoutLineFeed(text) else { throw SecretFile.Problem.empty }
            return KeyMaterial(passphrase)
        } catch { throw .rootSource(source: "\(source)", reason: Self.text(error)) }
    }

    /// 32 bytes, or 64 hex digits.
    private static func key(_ text: consuming Secret) throws(SecretFile.Problem) -> Secret {
        if text.count == keyByteCount { return text }
        guard let key = SecretText.fromHex(text), key.count == keyByteCount else {
            throw .tooLong(byteCount: text.count, limit: keyByteCount)
        }
        return key
    }

    private static func text(_ problem: SecretFile.Problem) -> String {
        switch problem {
        case .notFound: "there is no such file"
        case .notRegular: "it is no regular file; links are not followed"
        case .permissions(let mode):
            "others may read it (mode \(mode)): 'chmod 600' it, and consider the key known to them"
        case .empty: "it is empty"
        case .exists: "it is there already"
        case .tooLong(let count, _): "expected 32 bytes or 64 hex digits, found \(count) bytes of something else"
        case .failed(let number): "the system says: \(DiskError.text(errno: number))"
        }
    }
}
