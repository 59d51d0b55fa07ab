import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects
import CairnSystem

/// Encrypts log files as their intents say, and opens what stands at their names.
struct FileEncryption: Sendable {
    /// A file as it is to be stored.
    struct Stored: Sendable {
        var bytes: [UInt8]
        /// What wraps its data key; nil when it is not encrypted.
        var keyVersion: String?
    }

    /// How much larger than ours an encrypted file may be that is the same: names of key versions grow.
    static let slack = 4_096

    let keys: any KeyService
    let random: any RandomSource

    /// What a file is bound to: its trail, its name, its account and Region.
    static func context(
        _ encryption: Cursor.Encryption, _ lane: Lane, _ location: ObjectLocation
    ) throws(EncryptedFileProblem) -> EncryptionContext {
        try EncryptionContext([
            "aws:cloudtrail:arn": encryption.trailARN,
            "aws:s3:arn": "arn:\(lane.region.partition):s3:::\(location.bucket)/\(location.key)",
            "account": lane.account.description,
            "region": lane.region.name,
        ])
    }

    /// A compressed file as the intent wants it stored.
    func seal(
        _ compressed: [UInt8], _ entry: Cursor.Entry, at location: ObjectLocation
    ) async throws(KeyError) -> Stored {
        guard let encryption = entry.encryption else { return Stored(bytes: compressed, keyVersion: nil) }
        let context = try Self.checked(encryption, entry.lane, location)
        let dataKey = try await keys.dataKey(
            for: KeyUse(
                key: encryption.key, trail: entry.lane.trail, account: entry.lane.account, context: context))
        let bytes = EncryptedFileWriter.write(
            compressed, context: context, dataKey: dataKey.secret,
            messageID: random.bytes(EncryptedHeader.messageIDByteCount), wraps: dataKey.wraps)
        return Stored(bytes: bytes, keyVersion: dataKey.version)
    }

    /// Opens what stands at a name, if it is encrypted as the intent says: for this trail, name, account and Region, under
    /// one key, and that one of the lane's own.
    ///
    /// - Returns: the compressed file and what wraps its key; nil when it is somebody else's.
    func open(
        _ stored: [UInt8], _ entry: Cursor.Entry, at location: ObjectLocation
    ) async throws(KeyError) -> Stored? {
        guard let encryption = entry.encryption else { return Stored(bytes: stored, keyVersion: nil) }
        let context = try Self.checked(encryption, entry.lane, location)
        guard let header = try? EncryptedHeader.parse(stored).header, header.context == context,
            header.dataKeys.count == 1, let wrap = header.dataKeys.first
        else { return nil }
        let version: String
        if let name = wrap.rawName(namespace: TrailKeyName.namespace) {
            guard let key = TrailKeyName(name), key.trail == entry.lane.trail, key.account == entry.lane.account else {
                return nil
            }
            version = name
        } else {
            version = encryption.key.description
            guard wrap.provider == WrappedDataKey.kmsProvider, wrap.info == Array(version.utf8) else { return nil }
        }
        do throws(KeyError) {
            let dataKey = try await keys.open(wrap, context: context)
            guard
                let bytes = try? EncryptedFileReader.read(stored, dataKey: dataKey, limit: stored.count)
            else { return nil }
            return Stored(bytes: bytes, keyVersion: version)
        } catch {
            switch error {
            // A wrap that no key of ours made.
            case .damagedRecord, .missingTrailKey, .untrustedAnswer: return nil
            default: throw error
            }
        }
    }

    private static func checked(
        _ encryption: Cursor.Encryption, _ lane: Lane, _ location: ObjectLocation
    ) throws(KeyError) -> EncryptionContext {
        do throws(EncryptedFileProblem) { return try context(encryption, lane, location) } catch {
            throw .refused("the file cannot be bound to its name: \(error)")
        }
    }
}
