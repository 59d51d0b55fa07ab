import CairnDocuments
import CairnFormat
package import CairnNative
import CairnSystem
import FoundationEssentials

/// A keyring as one encrypted file: its records as they stand, and the root key that opens them, sealed under a
/// passphrase of the backup's own.
///
///     0   "CAIRNBAK"
///     8   version: 1
///     9   scrypt N, r, p: 8 bytes each
///     33  salt, 32 bytes
///     65  generation of the keyring, 8 bytes
///     73  length of the sealed root, 4 bytes, and the sealed root
///     …   the sealed records: JSON, to the end
///
/// Numbers are most significant byte first. Both sealed parts are records of their own, whose subject holds generation
/// and salt.
package struct KeyringBackup: Sendable {
    package let generation: UInt64
    let root: KeyMaterial
    let entries: [Entry]

    struct Entry: Codable, Sendable {
        var key: String
        var body: Data
    }

    private static let magic = Array("CAIRNBAK".utf8)
    private static let version: UInt8 = 1
    /// The largest backup that is read.
    package static let byteCountMax = 1 << 30

    init(generation: UInt64, root: KeyMaterial, entries: [Entry]) {
        (self.generation, self.root, self.entries) = (generation, root, entries)
    }

    private static func subject(_ generation: UInt64, _ salt: [UInt8]) -> String {
        "backup of generation \(generation) \(SHA256.hash(salt).hex.prefix(16))"
    }

    static func check(passphrase: KeyMaterial) throws(KeyError) {
        guard passphrase.secret.count >= 12 else {
            throw .refused("the passphrase of a backup has at least 12 characters, found \(passphrase.secret.count)")
        }
    }

    /// - Parameter passphrase: at least 12 bytes.
    func encode(passphrase: KeyMaterial, random: any RandomSource) throws(KeyError) -> [UInt8] {
        try Self.check(passphrase: passphrase)
        let (cost, salt) = (Scrypt.Cost.standard, random.bytes(32))
        guard let key = Scrypt.derive(passphrase.secret, salt: salt, cost: cost, count: 32) else {
            throw .unavailable("there is no memory for scrypt: 128 MiB are needed")
        }
        let sealing = SealingKey(label: "backup", KeyMaterial(key))
        let subject = Self.subject(generation, salt)
        let sealedRoot = SealedRecord(.root, subject, root, by: sealing, random: random).bytes
        guard let body = try? JSONEncoder().encode(entries) else { throw .refused("the records cannot be written") }
        var bytes = Self.magic + [Self.version]
        for number in [cost.n, cost.r, cost.p] { bytes.append(bigEndian: number) }
        bytes += salt
        bytes.append(bigEndian: generation)
        bytes.append(bigEndian: UInt32(sealedRoot.count))
        bytes += sealedRoot
        return bytes + SealedRecord(.backup, subject, content: Array(body), by: sealing, random: random).bytes
    }

    /// Reads a backup.
    package init(_ bytes: [UInt8], passphrase: KeyMaterial) throws(KeyError) {
        func malformed(_ reason: String) -> KeyError { .refused("the file is no backup of a keyring: \(reason)") }
        guard bytes.count >= 77, bytes.equals(Self.magic, in: 0..<8) else {
            throw malformed("it does not begin as one")
        }
        guard bytes[8] == Self.version else { throw malformed("its format \(bytes[8]) is not known here") }
        let cost = Scrypt.Cost(n: bytes.bigEndian(at: 9), r: bytes.bigEndian(at: 17), p: bytes.bigEndian(at: 25))
        guard cost.isAcceptable else {
            throw malformed("N=\(cost.n), r=\(cost.r), p=\(cost.p) is more work than is taken")
        }
        let salt = Array(bytes[33..<65])
        generation = bytes.bigEndian(at: 65)
        let rootEnd = 77 + Int(bytes.bigEndian(at: 73, as: UInt32.self))
        guard rootEnd < bytes.count else { throw malformed("it is cut off") }
        guard let key = Scrypt.derive(passphrase.secret, salt: salt, cost: cost, count: 32) else {
            throw .unavailable("there is no memory for scrypt: 128 MiB are needed")
        }
        let sealing = SealingKey(label: "backup", KeyMaterial(key))
        let subject = Self.subject(generation, salt)
        do throws(SealedRecord.Problem) {
            root = try SealedRecord(Array(bytes[77..<rootEnd])).open(.root, subject, by: sealing)
            let body = try SealedRecord(Array(bytes[rootEnd...])).content(.backup, subject, by: sealing)
            guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(body)) else {
                throw SealedRecord.Problem.notARecord
            }
            self.entries = entries
        } catch {
            throw .refused("the backup does not open: the passphrase is another one, or the file was changed")
        }
    }
}
