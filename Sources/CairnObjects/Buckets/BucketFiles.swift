package import CairnFormat
import CairnNative
package import CairnSystem

/// The embedded buckets for readers from outside: the files of ``DirectoryStore``, with sizes and times, by names that never lead
/// out of them.
///
/// Reading blocks; threads of its own do that, so that a slow disk holds up nobody else.
package struct BucketFiles: Sendable {
    static let threads = BlockingThreads(count: 4)
    /// Behind every key that begins with what stands before it.
    private static let last = "\u{10FFFF}"

    private let root: String

    /// - Parameter root: the directory of the buckets.
    package init(root: String) { self.root = root }

    /// All buckets by name, with the time of their last change.
    package func buckets() async throws(ObjectError) -> [(name: BucketName, modifiedAt: Timestamp)] {
        try await blocking(Self.anywhere) { (root) throws(ConfinedDirectory.Problem) in
            var found: [(name: BucketName, modifiedAt: Timestamp)] = []
            for entry in try root.list("") where entry.kind == .directory {
                guard let name = entry.name.flatMap({ try? BucketName($0) }) else { continue }
                found.append((name, try root.modifiedAt(name.text)))
            }
            return found
        } ?? []
    }

    package func hasBucket(_ bucket: BucketName) async throws(ObjectError) -> Bool {
        try await blocking(Self.anywhere) { (root) throws(ConfinedDirectory.Problem) in
            _ = try root.modifiedAt(bucket.text)
            return true
        } ?? false
    }

    /// One page of a bucket's keys, in the order of their bytes; nil when there is no such bucket.
    package func list(_ bucket: BucketName, _ query: BucketPage.Query) async throws(ObjectError) -> BucketPage? {
        try await blocking(Self.anywhere) { (root) throws(ConfinedDirectory.Problem) in
            _ = try root.modifiedAt(bucket.text)
            return try Self.page(of: bucket, query, root)
        }
    }

    /// An object; nil when there is none.
    ///
    /// - Parameter startByteCount: how much of its beginning is read along: each look at the disk is a walk to another thread.
    package func open(
        _ location: ObjectLocation, startByteCount: Int
    ) async throws(ObjectError) -> BucketFile? {
        guard !Sidecar.isOwn(location.key) else { return nil }
        return try await blocking(location) { (root) throws(ConfinedDirectory.Problem) in
            let path = "\(location.bucket)/\(location.key)"
            let file = try root.open(path)
            var metadata: [String: String] = [:]
            do throws(ConfinedDirectory.Problem) {
                let sidecar = try root.open(path + Sidecar.suffix)
                if sidecar.byteCount <= Sidecar.byteCountMax {
                    metadata = Sidecar.metadata(try sidecar.read(at: 0, count: sidecar.byteCount))
                }
            } catch .notFound {}
            return BucketFile(file, try Self.entry(location.key, file, startByteCount), metadata: metadata)
        }
    }

    // MARK: Pages

    private static func page(
        of bucket: BucketName, _ query: BucketPage.Query, _ root: ConfinedDirectory
    ) throws(ConfinedDirectory.Problem) -> BucketPage {
        var page = BucketPage()
        guard query.limit > 0 else { return page }
        var after = query.after
        var lastShown: String?
        while true {
            // One more than fits, to know whether there is more.
            var names = ListPage(
                prefix: query.prefix, after: after.isEmpty ? nil : after, limit: query.limit - page.count + 1)
            try walk(bucket.text, below: "", root, &names)
            var isCut = false
            for key in names.keys {
                let common = commonPrefix(of: key.text, query)
                if let common, query.after.utf8.elementsEqual(common.utf8) {
                    // The page before ended with it.
                    (after, isCut) = (common + last, true)
                    break
                }
                guard page.count < query.limit else {
                    page.next = lastShown
                    return page
                }
                if let common {
                    page.commonPrefixes.append(common)
                    (lastShown, after, isCut) = (common, common + last, true)
                    break
                }
                (lastShown, after) = (key.text, key.text)
                do throws(ConfinedDirectory.Problem) {
                    page.entries.append(try entry(key, try root.open("\(bucket)/\(key)"), query.startByteCount))
                } catch .notFound {} catch .irregular {}
            }
            if !isCut { return page }
        }
    }

    /// The part of a key up to the first delimiter behind the prefix; nil when there is none.
    private static func commonPrefix(of key: String, _ query: BucketPage.Query) -> String? {
        guard !query.delimiter.isEmpty else { return nil }
        let (bytes, mark) = (Array(key.utf8), Array(query.delimiter.utf8))
        var at = query.prefix.utf8.count
        while at + mark.count <= bytes.count {
            if bytes.equals(mark, in: at..<at + mark.count) {
                return String(validating: bytes[..<(at + mark.count)], as: UTF8.self)
            }
            at += 1
        }
        return nil
    }

    /// Goes through a directory in the order of whole keys: a directory stands where its name with a slash does.
    private static func walk(
        _ directory: String, below path: String, _ root: ConfinedDirectory, _ page: inout ListPage
    ) throws(ConfinedDirectory.Problem) {
        var places: [(key: String, name: String, isDirectory: Bool)] = []
        for entry in try root.list(directory) {
            guard let name = entry.name, !Sidecar.isOwn(name) else { continue }
            switch entry.kind {
            case .file where page.mayTake(path + name): places.append((path + name, name, false))
            case .directory where page.mayTake(below: path + name + "/"): places.append((path + name + "/", name, true))
            default: break
            }
        }
        places.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (key, name, isDirectory) in places {
            if page.isFull { return }
            if isDirectory {
                do throws(ConfinedDirectory.Problem) {
                    try walk("\(directory)/\(name)", below: key, root, &page)
                } catch .notFound {} catch .irregular {}
            } else if let key = try? ObjectKey(key) {
                page.keys.append(key)
            }
        }
    }

    private static func entry(
        _ key: ObjectKey, _ file: ConfinedFile, _ startByteCount: Int
    ) throws(ConfinedDirectory.Problem) -> BucketEntry {
        BucketEntry(
            key: key, byteCount: file.byteCount, modifiedAt: file.modifiedAt,
            etag: SHA256.hash(Array("\(key) \(file.revision)".utf8)).hex,
            start: startByteCount > 0 ? try file.read(at: 0, count: min(startByteCount, file.byteCount)) : [])
    }

    // MARK: Threads

    private static let anywhere: ObjectLocation = {
        guard let bucket = try? BucketName("any-bucket"), let key = try? ObjectKey("*") else {
            preconditionFailure("a star is a key")
        }
        return ObjectLocation(bucket: bucket, key: key)
    }()

    /// What a look at the files gives; nil when what is looked for is not there, or is no regular file.
    private func blocking<Found: Sendable>(
        _ location: ObjectLocation,
        _ body: @escaping @Sendable (ConfinedDirectory) throws(ConfinedDirectory.Problem) -> Found
    ) async throws(ObjectError) -> Found? {
        let root = root
        let result = await Self.threads.run { () -> Result<Found, ConfinedDirectory.Problem> in
            do throws(ConfinedDirectory.Problem) { return .success(try body(try ConfinedDirectory(root))) } catch {
                return .failure(error)
            }
        }
        do throws(ConfinedDirectory.Problem) { return try result.get() } catch {
            switch error {
            case .notFound, .irregular: return nil
            case .denied: throw .denied(location, reason: "the file may not be read by this process")
            case .failed(let code): throw .unavailable(location, reason: "the disk failed: errno \(code)")
            }
        }
    }
}
