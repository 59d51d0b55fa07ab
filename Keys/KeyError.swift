package import CairnDocuments
package import CairnFormat

/// What can go wrong with keys, split by what the caller will do. No key bytes ever stand in one.
package indirect enum KeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Trying again may help: documents that cannot be read, a KMS that is away.
    case unavailable(String)
    /// The documents failed.
    case documents(DocumentError)
    case unknownKey(String)
    /// As KMS says it: the key's state does not allow it.
    case disabled(KeyARN)
    case pendingDeletion(KeyARN)
    /// The key or version is gone for good.
    case destroyed(String)
    /// A trail key that a file names is not in the keyring.
    case missingTrailKey(String)
    /// The trail key was destroyed on purpose.
    case shredded(String)
    /// A record does not open: damaged, swapped, or from elsewhere.
    case damagedRecord(key: String, reason: String)
    /// The root that was given is not that of the keyring.
    case otherRoot
    case noKeyring
    case rootSource(source: String, reason: String)
    /// Others need what should be destroyed.
    case stillNeeded(what: String, by: [String])
    /// A request that the rules don't allow, in words for whoever asked.
    case refused(String)
    /// Another KMS answered what it must not.
    case untrustedAnswer(service: String, reason: String)

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .documents(let error): error.description
        case .unknownKey(let key): "KMS.NotFoundException: there is no managed key \(key): see 'cairn keys list'"
        case .disabled(let key):
            "KMS.DisabledException: \(key) is disabled; enable it with 'cairn keys enable \(key.id)'"
        case .pendingDeletion(let key):
            "KMS.KMSInvalidStateException: \(key) is pending deletion; keep it with 'cairn keys cancel-deletion \(key.id)'"
        case .destroyed(let key): "\(key) has been destroyed: what only it opens cannot be read any more"
        case .missingTrailKey(let name):
            "there is no record of the key \(name): run 'cairn keys check', then restore it with 'cairn keys restore' from a "
                + "backup that has it"
        case .shredded(let name): "the key \(name) was shredded: its files cannot be read any more, by decision"
        case .damagedRecord(let key, let reason):
            "key record \(key) does not open (\(reason)): it is damaged, or was put there by somebody else; run "
                + "'cairn keys check', and restore it from a backup of the keyring"
        case .otherRoot:
            "the root key does not open this keyring: is it the one of another data directory, or the passphrase of another? "
                + "see --root-key"
        case .noKeyring: "this data directory has no keyring yet: run 'cairn up' or 'cairn serve' on it first"
        case .rootSource(let source, let reason): "the root key cannot be read from \(source): \(reason)"
        case .stillNeeded(let what, let by):
            "\(what) is still needed by \(by.count == 1 ? "" : "\(by.count) things: ")\(by.prefix(20).joined(separator: ", "))"
                + (by.count > 20 ? " and others" : "")
        case .refused(let reason): reason
        case .untrustedAnswer(let service, let reason): "\(service) gave an answer that is not taken: \(reason)"
        }
    }

    /// Whether trying the same again may work without anybody doing anything.
    package var isTransient: Bool {
        switch self {
        case .unavailable: true
        case .documents(let error): if case .unavailable = error { true } else { false }
        default: false
        }
    }

    /// Whether it may come from looking at a record while another process changes it.
    var mayBeStale: Bool {
        switch self {
        case .destroyed, .damagedRecord: true
        default: false
        }
    }
}
