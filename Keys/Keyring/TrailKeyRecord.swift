import CairnDocuments
import CairnFormat
import CairnNative
import CairnSystem

/// A trail key version as it rests: wrapped under a version of a managed key.
struct TrailKeyRecord: Sendable {
    let name: TrailKeyName
    /// The period that it was made in.
    let period: String
    let sealed: SealedRecord

    /// The document's key. Versions sort as numbers.
    static func documentKey(_ name: TrailKeyName) -> String {
        let digits = String(name.version)
        return prefix(name.trail, name.account) + String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits
    }

    static func prefix(_ trail: UniqueID, _ account: AccountID) -> String { "keys/trail/\(trail)/\(account)/" }
    static let prefix = "keys/trail/"

    static func subject(_ name: TrailKeyName, period: String) -> String { "\(name) \(period)" }

    init(
        _ name: TrailKeyName, period: String, _ key: KeyMaterial, by wrapping: SealingKey, cipher: AESGCM? = nil,
        random: any RandomSource
    ) {
        self.name = name
        self.period = period
        sealed = SealedRecord(
            .trailKey, Self.subject(name, period: period), key, by: wrapping, cipher: cipher, random: random)
    }

    /// Reads a document, whose key and content must name the same trail key.
    init(_ document: Document) throws(KeyError) {
        let key = document.key.description
        do throws(SealedRecord.Problem) { sealed = try SealedRecord(document.body) } catch {
            throw .damagedRecord(key: key, reason: error.text)
        }
        let parts = sealed.subject.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        guard sealed.kind == .trailKey, parts.count == 2, let name = TrailKeyName(String(parts[0])) else {
            throw .damagedRecord(key: key, reason: "it is a record of another kind")
        }
        guard Self.documentKey(name) == key else {
            throw .damagedRecord(key: key, reason: "it is the record of '\(name)'")
        }
        self.name = name
        period = String(parts[1])
    }

    /// The managed key and its version that wrap it.
    var wrapping: (arn: KeyARN, version: Int)? {
        guard let slash = sealed.label.lastIndex(of: "/"), let arn = try? KeyARN(String(sealed.label[..<slash])),
            let version = Int(sealed.label[sealed.label.index(after: slash)...])
        else { return nil }
        return (arn, version)
    }

    /// The version of a managed key that wraps it; nil when another key does.
    ///
    /// - Parameter prefix: the key's ARN and a slash.
    func version(under prefix: String) -> Int? {
        guard sealed.label.utf8.starts(with: prefix.utf8) else { return nil }
        return Int(Substring(sealed.label.utf8.dropFirst(prefix.utf8.count)))
    }

    func open(by wrapping: SealingKey, cipher: AESGCM? = nil) throws(KeyError) -> KeyMaterial {
        do throws(SealedRecord.Problem) {
            return try sealed.open(.trailKey, Self.subject(name, period: period), by: wrapping, cipher: cipher)
        } catch { throw .damagedRecord(key: Self.documentKey(name), reason: error.text) }
    }
}
