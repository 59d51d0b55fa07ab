package import CairnFormat
package import CairnObjects
package import CairnSystem

/// An archive of unknown origin: buckets with log files and digests, as they lie in a directory, a tar or a store.
///
/// Reading never leaves it: names are checked, links are not followed, and what is no file is a finding.
package final class Archive: Sendable {
    /// Where an archive lies.
    package enum Place: Sendable {
        /// `BUCKET/KEY`, and user metadata in `KEY.metadata.json`.
        case directory(ConfinedDirectory)
        /// The same in a tar.
        case tar(TarIndex)
        /// Buckets of a store.
        case store(any ObjectStore, [BucketName])
    }

    /// One folder of a bucket.
    struct Level: Sendable {
        var folders: [String] = []
        var files: [String] = []
        /// What can be no object, and why.
        var odd: [(name: String, reason: String)] = []
    }

    /// The user metadata of an object.
    enum Metadata: Sendable {
        case none
        case some([String: String])
        case damaged(String)
    }

    /// Objects up to this size are read from a store in one go.
    private static let wholeByteCountMax = 8 << 20
    private static let metadataByteCountMax = 64 << 10
    static let sidecarSuffix = ".metadata.json"

    let place: Place
    /// Buckets of a deployment's archive that do not lie where its others do.
    private let abroad: (store: any ObjectStore, buckets: Set<BucketName>)?
    /// The bucket whose content the directory or tar is; nil: it holds buckets.
    package let only: BucketName?
    /// For messages.
    package let name: String

    /// - Parameter abroad: buckets that lie in a store, whatever the place says of them.
    package init(
        _ place: Place, only: BucketName?, name: String,
        abroad: (store: any ObjectStore, buckets: Set<BucketName>)? = nil
    ) {
        (self.place, self.only, self.name, self.abroad) = (place, only, name, abroad)
    }

    /// The store that a bucket lies in; nil: it lies in a directory or a tar.
    private func store(of bucket: BucketName) -> (any ObjectStore)? {
        if let abroad, abroad.buckets.contains(bucket) { return abroad.store }
        guard case .store(let store, _) = place else { return nil }
        return store
    }

    /// The buckets, in order, and what stands beside them and can be none.
    func buckets() async throws(ArchiveProblem) -> (names: [BucketName], odd: [(name: String, reason: String)]) {
        if let only { return ([only], []) }
        if case .store(_, let buckets) = place { return (buckets.sorted(), []) }
        let level = try await list("")
        var (names, odd): ([BucketName], [(name: String, reason: String)]) = ([], level.odd)
        for folder in level.folders where (try? BucketName(folder)).map({ store(of: $0) == nil }) ?? true {
            if let name = try? BucketName(folder) {
                names.append(name)
            } else if !folder.hasPrefix(".") {
                odd.append((folder, "no bucket can have the name"))
            }
        }
        return ((names + (abroad?.buckets.sorted() ?? [])).sorted(), odd)
    }

    /// What stands directly below a prefix, which ends in a slash or is empty. Sidecars of what is there are not objects.
    func level(_ bucket: BucketName, _ prefix: String) async throws(ArchiveProblem) -> Level {
        if let store = store(of: bucket) { return try await level(store, bucket, prefix) }
        var level = try await list(only == nil ? "\(bucket)/\(prefix)" : prefix)
        let objects = Set(level.files.filter { !$0.hasSuffix(Self.sidecarSuffix) })
        level.files.removeAll {
            $0.hasSuffix(Self.sidecarSuffix) && objects.contains(String($0.dropLast(Self.sidecarSuffix.count)))
        }
        return level
    }

    /// Whether any object below a prefix has metadata beside it; a store always has.
    func hasMetadata(_ bucket: BucketName, _ prefix: String) async throws(ArchiveProblem) -> Bool {
        if store(of: bucket) != nil { return true }
        return try await list(only == nil ? "\(bucket)/\(prefix)" : prefix).files.contains {
            $0.hasSuffix(Self.sidecarSuffix)
        }
    }

    func open(_ location: ObjectLocation) async throws(ArchiveProblem) -> ArchiveObject {
        if location.key.text.hasSuffix(Self.sidecarSuffix) { throw .missing }
        guard let store = store(of: location.bucket) else {
            guard let path = path(location) else { throw .missing }
            return try open(path)
        }
        do throws(ObjectError) {
            do throws(ObjectError) {
                // One request, as most objects are small.
                return ArchiveObject(try await store.get(location, limit: Self.wholeByteCountMax).bytes)
            } catch .tooLarge { return ArchiveObject(store, location, try await store.head(location)) }
        } catch { throw ArchiveProblem(error) }
    }

    func metadata(_ location: ObjectLocation) async throws(ArchiveProblem) -> Metadata {
        if let store = store(of: location.bucket) {
            do throws(ObjectError) { return .some(try await store.head(location).metadata) } catch {
                throw ArchiveProblem(error)
            }
        }
        guard let path = path(location) else { return .none }
        let bytes: [UInt8]
        do throws(ArchiveProblem) {
            let file = try open(path + Self.sidecarSuffix)
            guard file.byteCount <= Self.metadataByteCountMax else { return .damaged("it has \(file.byteCount) bytes") }
            bytes = try await file.readAll()
        } catch {
            if case .missing = error { return .none }
            throw error
        }
        guard let tree = try? StrictJSON.parse(bytes), case .object(let members) = tree else {
            return .damaged("no JSON object of texts")
        }
        var metadata: [String: String] = [:]
        for (name, value) in members {
            guard case .string(let text) = value else { return .damaged("'\(name)' is no text") }
            metadata[name] = text
        }
        return .some(metadata)
    }

    /// A file beside the buckets; nil when there is none.
    package func beside(_ name: String, limit: Int) async -> [UInt8]? {
        if case .store = place { return nil }
        guard only == nil, let file = try? open(name), file.byteCount <= limit else { return nil }
        return try? await file.readAll()
    }

    /// The Regions whose digests a run with this scope would validate.
    ///
    /// - Throws: when a folder cannot be read.
    package func regions(_ scope: Scope) async throws -> [String] {
        var reader = InventoryReader(self, scope) { _ in }
        return try await reader.readRegions().sorted()
    }

    // MARK: Directory and tar

    private func path(_ location: ObjectLocation) -> String? {
        guard let only else { return "\(location.bucket)/\(location.key)" }
        return only == location.bucket ? location.key.text : nil
    }

    private func open(_ path: String) throws(ArchiveProblem) -> ArchiveObject {
        switch place {
        case .directory(let directory):
            do throws(ConfinedDirectory.Problem) {
                let file = try directory.open(path)
                return ArchiveObject(file, byteCount: file.byteCount)
            } catch { throw ArchiveProblem(error) }
        case .tar(let tar): return try tar.open(path)
        case .store: throw .missing
        }
    }

    private func list(_ path: String) async throws(ArchiveProblem) -> Level {
        var level = Level()
        switch place {
        case .directory(let directory):
            do throws(ConfinedDirectory.Problem) {
                for entry in try directory.list(path) {
                    guard let name = entry.name else {
                        level.odd.append(("(no UTF-8)", "its name is no UTF-8"))
                        continue
                    }
                    switch entry.kind {
                    case .file: level.files.append(name)
                    case .directory: level.folders.append(name)
                    case .irregular(let what): level.odd.append((name, "it is \(what)"))
                    }
                }
            } catch {
                if case .notFound = error { return level }
                throw ArchiveProblem(error)
            }
        case .tar(let tar): level = tar.level(path)
        case .store: break
        }
        return level
    }

    // MARK: Stores

    /// The same of a store, which lists keys in order and knows no folders: from each folder it goes on behind its end.
    private func level(
        _ store: any ObjectStore, _ bucket: BucketName, _ prefix: String
    ) async throws(ArchiveProblem) -> Level {
        var level = Level()
        var after: String?
        while true {
            let keys: [ObjectKey]
            do throws(ObjectError) {
                keys = try await store.list(bucket, prefix: prefix, after: after, limit: 1_000)
            } catch { throw ArchiveProblem(error) }
            guard !keys.isEmpty else { return level }
            var folder: String?
            for key in keys {
                let rest = key.text.dropFirst(prefix.count)
                if let slash = rest.firstIndex(of: "/") {
                    let name = String(rest[..<slash])
                    if level.folders.last != name { level.folders.append(name) }
                    folder = name
                    break
                }
                level.files.append(String(rest))
                after = key.text
            }
            // Behind every key that begins with the folder: the largest scalar sorts behind all that may follow the slash.
            if let folder { after = "\(prefix)\(folder)/\u{10FFFF}" }
        }
    }
}
