package import CairnDocuments
import FoundationEssentials

/// The documents of a deployment, typed: what there is, who may do what, how far everything has come.
///
/// Every change is a compare-and-swap on one document.
package struct Catalog: Sendable {
    private let documents: any DocumentStore
    /// Shared by all copies.
    let knownRouting = KnownRouting()

    package init(_ documents: any DocumentStore) { self.documents = documents }

    /// A document's content with the revision it was read at.
    package struct Versioned<Content: Sendable>: Sendable {
        package let content: Content
        package let revision: UInt64
    }

    package func read<Content: Codable & Sendable>(
        _ key: String, as type: Content.Type
    ) async throws(CatalogError) -> Versioned<Content>? {
        let document: Document?
        do throws(DocumentError) { document = try await documents.get(try DocumentKey(key)) } catch {
            throw .documents(error)
        }
        guard let document else { return nil }
        return Versioned(content: try Self.decode(document.body, key), revision: document.revision)
    }

    /// The revision of a document, without a look at what it says.
    func revision(_ key: String) async throws(CatalogError) -> UInt64? {
        do throws(DocumentError) { return try await documents.revision(try DocumentKey(key)) } catch {
            throw .documents(error)
        }
    }

    /// All documents whose keys begin with `prefix`, by key.
    package func list<Content: Codable & Sendable>(
        _ prefix: String, as type: Content.Type
    ) async throws(CatalogError) -> [(key: String, content: Content)] {
        let found: [Document]
        do throws(DocumentError) { found = try await documents.list(prefix: prefix) } catch { throw .documents(error) }
        var result: [(key: String, content: Content)] = []
        for document in found {
            result.append((document.key.description, try Self.decode(document.body, document.key.description)))
        }
        return result
    }

    /// Changes a document by compare-and-swap: reads, lets `change` work on it, writes, and begins again if somebody
    /// else was quicker.
    ///
    /// - Parameters:
    ///   - initial: what to begin from when there is no document.
    ///   - change: gives what ``update`` gives; may be called several times; throws to give up.
    package func update<Content: Codable & Sendable & Equatable, Result, Failure: Error>(
        _ key: String,
        initial: Content,
        _ change: (inout Content) throws(Failure) -> Result
    ) async throws(CatalogError) -> Swift.Result<Result, Failure> {
        for _ in 0..<1_000 {
            let old = try await read(key, as: Content.self)
            var content = old?.content ?? initial
            let result: Result
            do throws(Failure) { result = try change(&content) } catch { return .failure(error) }
            if let old, old.content == content { return .success(result) }
            if try await swap(key, content, ifRevision: old?.revision) { return .success(result) }
        }
        throw .contended(key: key)
    }

    /// Writes a document if it still has the revision it was read at; nil: if there is none.
    package func swap<Content: Codable & Sendable>(
        _ key: String, _ content: Content, ifRevision: UInt64?
    ) async throws(CatalogError) -> Bool {
        let body = try Self.encode(content, key)
        do throws(DocumentError) {
            _ = try await documents.put(try DocumentKey(key), body, ifRevision: ifRevision)
            return true
        } catch {
            if case .conflict = error { return false }
            throw .documents(error)
        }
    }

    /// Writes many documents in one go, each if it still has the revision it was read at; nil: if there is none.
    ///
    /// - Returns: for each, the new revision; nil: it was not written.
    package func swap<Content: Codable & Sendable>(
        _ many: [(key: String, content: Content, ifRevision: UInt64?)]
    ) async throws(CatalogError) -> [UInt64?] {
        var writes: [DocumentWrite] = []
        for (key, content, revision) in many {
            let body = try Self.encode(content, key)
            do throws(DocumentError) {
                writes.append(DocumentWrite(try DocumentKey(key), body, ifRevision: revision))
            } catch { throw .documents(error) }
        }
        do throws(DocumentError) { return try await documents.put(writes) } catch { throw .documents(error) }
    }

    /// The bytes that a document of this content has.
    package func encoded<Content: Codable>(_ content: Content) throws(CatalogError) -> [UInt8] {
        try Self.encode(content, "a document")
    }

    /// Removes a document if it still has the revision it was read at; else leaves what is there.
    package func remove(_ key: String, ifRevision: UInt64) async throws(CatalogError) {
        do throws(DocumentError) {
            try await documents.remove(try DocumentKey(key), ifRevision: ifRevision)
        } catch {
            guard case .conflict = error else { throw .documents(error) }
        }
    }

    package func remove(_ key: String) async throws(CatalogError) {
        do throws(DocumentError) {
            let key = try DocumentKey(key)
            while let document = try await documents.get(key) {
                do throws(DocumentError) {
                    return try await documents.remove(key, ifRevision: document.revision)
                } catch {
                    guard case .conflict = error else { throw error }
                }
            }
        } catch {
            throw .documents(error)
        }
    }

    private static func decode<Content: Codable>(_ body: [UInt8], _ key: String) throws(CatalogError) -> Content {
        do { return try JSONDecoder().decode(Content.self, from: Data(body)) } catch {
            throw .damaged(key: key, reason: "\(error)")
        }
    }

    private static func encode<Content: Codable>(_ content: Content, _ key: String) throws(CatalogError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(content)) } catch {
            throw .damaged(key: key, reason: "cannot be written: \(error)")
        }
    }
}
