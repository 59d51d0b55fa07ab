import CairnFormat
import CairnNative
import CairnSystem

/// A record of the keyring as it stands in the documents.
///
///     0   "CAIRNKEY"
///     8   version: 1
///     9   kind
///     10  label of the key that sealed it, 2 bytes of length before it
///     …   subject: what the record is, in words; 2 bytes of length before it
///     …   commitment of the key that sealed it, 32 bytes
///     …   nonce, 12 random bytes
///     …   sealed content and its tag, AES-256-GCM
///
/// Everything before the nonce is associated data. The subject names kind of key, ARN, version, trail, account and
/// period, so that a record that stands where another belongs does not pass for it. Numbers are most significant byte
/// first.
struct SealedRecord: Sendable, Equatable {
    enum Kind: UInt8, Sendable {
        case managedKey = 1
        case logKey = 2
        case signingKey = 3
        case anchorKey = 4
        case manifest = 5
        case trailKey = 6
        case root = 7
        case backup = 8
        case secret = 9
    }

    enum Problem: Error, Equatable {
        case notARecord
        case newerVersion(UInt8)
        case otherKind
        case otherSubject(found: String)
        case otherKey
        case notAuthentic

        var text: String {
            switch self {
            case .notARecord: "it is no record of a keyring"
            case .newerVersion(let version): "its format \(version) is newer than this cairn"
            case .otherKind: "it is a record of another kind"
            case .otherSubject(let found): "it is the record of '\(found)'"
            case .otherKey: "it was sealed under another key"
            case .notAuthentic: "it was changed"
            }
        }
    }

    static let commitmentCount = 32
    private static let magic = Array("CAIRNKEY".utf8)
    private static let version: UInt8 = 1

    let kind: Kind
    /// The key that sealed it.
    let label: String
    let subject: String
    /// Everything before the nonce.
    private let head: [UInt8]
    private let commitment: [UInt8]
    private let nonce: [UInt8]
    private let sealed: [UInt8]

    var bytes: [UInt8] { head + nonce + sealed }

    private init(
        _ kind: Kind, _ subject: String, by key: SealingKey, cipher: AESGCM? = nil, random: any RandomSource,
        _ seal: (AESGCM, _ nonce: [UInt8], _ head: [UInt8]) -> [UInt8]
    ) {
        self.kind = kind
        label = key.label
        self.subject = subject
        commitment = key.commitment
        nonce = random.bytes(AESGCM.nonceByteCount)
        var head = Self.magic + [Self.version, kind.rawValue]
        for text in [key.label, subject] {
            head.append(bigEndian: UInt16(text.utf8.count))
            head += Array(text.utf8)
        }
        head += key.commitment
        self.head = head
        sealed = seal(cipher ?? key.cipher, nonce, head)
    }

    /// Seals a key.
    ///
    /// - Parameter cipher: one of `sealing`, to seal many without setting the key up for each.
    init(
        _ kind: Kind, _ subject: String, _ key: KeyMaterial, by sealing: SealingKey, cipher: AESGCM? = nil,
        random: any RandomSource
    ) {
        self.init(kind, subject, by: sealing, cipher: cipher, random: random) { cipher, nonce, head in
            cipher.seal(key.secret, nonce: nonce, aad: head)
        }
    }

    /// Seals what is no secret, but must not be changed by others.
    init(_ kind: Kind, _ subject: String, content: [UInt8], by sealing: SealingKey, random: any RandomSource) {
        self.init(kind, subject, by: sealing, random: random) { cipher, nonce, head in
            cipher.seal(content, nonce: nonce, aad: head)
        }
    }

    /// What follows `prefix` in the label of a record, without a look at the rest; nil when the label begins otherwise.
    static func label(of bytes: [UInt8], after prefix: String) -> String? {
        let start = magic.count + 4
        guard bytes.count > start, bytes.equals(magic, in: 0..<magic.count) else { return nil }
        let end = start + Int(bytes.bigEndian(at: start - 2, as: UInt16.self))
        guard end <= bytes.count, bytes[start..<end].starts(with: prefix.utf8) else { return nil }
        return String(validating: bytes[start + prefix.utf8.count..<end], as: UTF8.self)
    }

    init(_ bytes: [UInt8]) throws(Problem) {
        let fixed = Self.magic.count + 2
        guard bytes.count > fixed, bytes.equals(Self.magic, in: 0..<Self.magic.count) else { throw .notARecord }
        guard bytes[8] == Self.version else {
            throw bytes[8] > Self.version ? .newerVersion(bytes[8]) : .notARecord
        }
        guard let kind = Kind(rawValue: bytes[9]) else { throw .notARecord }
        var at = fixed
        var texts: [String] = []
        for _ in 0..<2 {
            guard at + 2 <= bytes.count else { throw .notARecord }
            let count = Int(bytes.bigEndian(at: at, as: UInt16.self))
            at += 2
            guard at + count <= bytes.count, let text = String(validating: bytes[at..<at + count], as: UTF8.self) else {
                throw .notARecord
            }
            texts.append(text)
            at += count
        }
        let headEnd = at + Self.commitmentCount
        guard headEnd + AESGCM.nonceByteCount + AESGCM.tagByteCount <= bytes.count else { throw .notARecord }
        self.kind = kind
        (label, subject) = (texts[0], texts[1])
        head = Array(bytes[..<headEnd])
        commitment = Array(bytes[at..<headEnd])
        nonce = Array(bytes[headEnd..<headEnd + AESGCM.nonceByteCount])
        sealed = Array(bytes[(headEnd + AESGCM.nonceByteCount)...])
    }

    private func check(_ kind: Kind, _ subject: String, _ key: SealingKey) throws(Problem) {
        guard self.kind == kind else { throw .otherKind }
        guard self.subject == subject else { throw .otherSubject(found: self.subject) }
        guard label == key.label, ConstantTime.equal(commitment, key.commitment) else { throw .otherKey }
    }

    /// The key in it, if it is what is expected.
    func open(
        _ kind: Kind, _ subject: String, by key: SealingKey, cipher: AESGCM? = nil
    ) throws(Problem) -> KeyMaterial {
        try check(kind, subject, key)
        do throws(AESGCM.NotAuthentic) {
            return KeyMaterial(try (cipher ?? key.cipher).openSecret(sealed, nonce: nonce, aad: head))
        } catch {
            throw .notAuthentic
        }
    }

    /// The content in it, if it is what is expected.
    func content(_ kind: Kind, _ subject: String, by key: SealingKey) throws(Problem) -> [UInt8] {
        try check(kind, subject, key)
        do throws(AESGCM.NotAuthentic) { return try key.cipher.open(sealed, nonce: nonce, aad: head) } catch {
            throw .notAuthentic
        }
    }
}
