import CairnDocuments
import FoundationEssentials

/// Which root keys a keyring is sealed under, in clear: how to get each again, and how to tell one from another.
struct RootDocument: Sendable, Equatable, Codable {
    /// A root key; never its bytes.
    struct Root: Sendable, Equatable, Codable {
        /// 16 hex digits derived from the key.
        var id: String
        /// Where it came from when it was made, for people.
        var source: String
        /// For one that is derived from a passphrase.
        var scrypt: Derivation?
        /// For one that a KMS wraps: what it made of it.
        var wrapped: [UInt8]?
        var createdAt: Int64
    }

    /// How a passphrase makes a root key.
    struct Derivation: Sendable, Equatable, Codable {
        var n: UInt64
        var r: UInt64
        var p: UInt64
        var salt: [UInt8]
    }

    /// A root key sealed under another, while a change of roots is under way: whoever has one has both.
    struct Bridge: Sendable, Equatable, Codable {
        var of: String
        var by: String
        var record: [UInt8]
    }

    static let documentKey = "keys/root"
    static let formatMax = 1

    var format = RootDocument.formatMax
    /// The last one seals; a second one is there while roots change.
    var roots: [Root]
    var bridges: [Bridge] = []

    static func read(_ documents: any DocumentStore) async throws(KeyError) -> (content: Self, revision: UInt64)? {
        let document: Document?
        do throws(DocumentError) { document = try await documents.get(try DocumentKey(documentKey)) } catch {
            throw .documents(error)
        }
        guard let document else { return nil }
        guard let content = try? JSONDecoder().decode(Self.self, from: Data(document.body)) else {
            throw .damagedRecord(key: documentKey, reason: "it cannot be read")
        }
        guard content.format <= formatMax, !content.roots.isEmpty else {
            throw .damagedRecord(key: documentKey, reason: "its format \(content.format) is newer than this cairn")
        }
        return (content, document.revision)
    }

    func write(_ documents: any DocumentStore, ifRevision: UInt64?) async throws(KeyError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        guard let body = try? encoder.encode(self) else { preconditionFailure("a root document can be written") }
        do throws(DocumentError) {
            _ = try await documents.put(try DocumentKey(Self.documentKey), Array(body), ifRevision: ifRevision)
        } catch { throw .documents(error) }
    }
}
