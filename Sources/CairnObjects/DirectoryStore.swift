package import CairnFormat
import CairnNative
package import CairnSystem
import FoundationEssentials

/// Buckets as directories: `ROOT/BUCKET/KEY`, and user metadata in `KEY.metadata.json` beside an object that has some.
///
/// The etag is the SHA-256 of the bytes. What is overwritten is kept in `quarantine`.
package struct DirectoryStore: ObjectStore {
    private static let metadataSuffix = ".metadata.json"
    private static let metadataByteCountMax = 64 << 10

    private let disk: any Disk
    private let root: String
    private let quarantine: String

    /// - Parameters:
    ///   - root: the directory of the buckets.
    ///   - quarantine: where overwritten objects go; nil: `quarantine` beside `root`.
    package init(disk: any Disk, root: String, quarantine: String? = nil) {
        self.disk = disk
        self.root = root
        self.quarantine =
            quarantine ?? "\(root.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })/quarantine"
    }

    package func path(of location: ObjectLocation) -> String { "\(root)/\(location.bucket)/\(location.key)" }

    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String]
    ) async throws(ObjectError) -> String {
        guard !location.key.text.hasSuffix(Self.metadataSuffix) else {
            throw .unacceptable(location, reason: "keys that end in \(Self.metadataSuffix) are the store's own")
        }
        do throws(DiskError) {
            if !metadata.isEmpty { try await putMetadata(metadata, at: location) }
            try await disk.put(bytes, at: path(of: location))
        } catch {
            throw Self.problem(error, location)
        }
        return SHA256.hash(bytes).hex
    }

    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], ifETag: String
    ) async throws(ObjectError) -> String {
        guard try await head(location).etag == ifETag else { throw .changed(location) }
        let kept = "\(quarantine)/\(location.bucket)/\(location.key).\(ifETag.prefix(16))"
        do throws(DiskError) {
            // The stranger gives up the name before ours takes it: at no moment is there a mixture.
            try await disk.rename(path(of: location), to: kept)
        } catch {
            if case .notFound = error { throw .changed(location) }
            throw Self.problem(error, location)
        }
        do throws(ObjectError) {
            return try await put(bytes, at: location, metadata: metadata)
        } catch {
            if case .exists = error { throw .changed(location) }
            throw error
        }
    }

    package func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        do throws(DiskError) {
            let bytes = try await disk.readFile(path(of: location), limit: limit)
            let head = ObjectHead(
                etag: SHA256.hash(bytes).hex, byteCount: bytes.count, metadata: try await metadata(of: location))
            return StoredObject(bytes: bytes, head: head)
        } catch {
            if case .tooLarge = error { throw .tooLarge(location, byteCount: limit + 1, limit: limit) }
            throw Self.problem(error, location)
        }
    }

    package func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        do throws(DiskError) {
            let file = try await disk.openFile(path(of: location), writable: false)
            let hash = SHA256()
            var offset = 0
            while true {
                let part = try await disk.read(file, at: offset, count: 1 << 20)
                if part.isEmpty { break }
                hash.update(part)
                offset += part.count
            }
            await disk.close(file)
            return ObjectHead(etag: hash.finish().hex, byteCount: offset, metadata: try await metadata(of: location))
        } catch {
            throw Self.problem(error, location)
        }
    }

    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        var keys: [ObjectKey] = []
        do throws(DiskError) {
            try await walk("\(root)/\(bucket)", below: "", prefix: prefix, after: after, limit: limit, into: &keys)
        } catch {
            throw .unavailable(
                ObjectLocation(bucket: bucket, key: (try? ObjectKey(prefix)) ?? Self.anyKey), reason: error.description)
        }
        return keys
    }

    private static var anyKey: ObjectKey {
        guard let key = try? ObjectKey("*") else { preconditionFailure("a star is a key") }
        return key
    }

    /// Goes through a directory in the order of whole keys: a directory counts as its name with a slash.
    private func walk(
        _ directory: String, below path: String, prefix: String, after: String?, limit: Int,
        into keys: inout [ObjectKey]
    ) async throws(DiskError) {
        var names: [(sort: String, name: String, isDirectory: Bool)] = []
        for name in try await disk.list(directory) {
            let isDirectory = try await disk.isDirectory("\(directory)/\(name)")
            names.append((isDirectory ? name + "/" : name, name, isDirectory))
        }
        names.sort { $0.sort.utf8.lexicographicallyPrecedes($1.sort.utf8) }
        for (sort, name, isDirectory) in names where keys.count < limit {
            let key = path + sort
            // Whether the key, or any below it, can begin with the prefix and come after `after`.
            guard key.hasPrefix(prefix) || (isDirectory && prefix.hasPrefix(key)) else { continue }
            if isDirectory {
                if let after, !after.hasPrefix(key), !after.utf8.lexicographicallyPrecedes(key.utf8) { continue }
                try await walk(
                    "\(directory)/\(name)", below: key, prefix: prefix, after: after, limit: limit, into: &keys)
            } else if !name.hasSuffix(Self.metadataSuffix), let found = try? ObjectKey(key),
                after.map({ $0.utf8.lexicographicallyPrecedes(key.utf8) }) ?? true
            {
                keys.append(found)
            }
        }
    }

    // MARK: Metadata

    private func putMetadata(_ metadata: [String: String], at location: ObjectLocation) async throws(DiskError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(metadata) else { preconditionFailure("texts are always JSON") }
        let path = path(of: location) + Self.metadataSuffix
        do throws(DiskError) {
            try await disk.put(Array(data), at: path)
        } catch .exists {
            // Left by a crash between the two files. It belongs to no object yet unless it says the same.
            if try await disk.readFile(path, limit: Self.metadataByteCountMax) == Array(data) { return }
            do throws(DiskError) {
                let object = try await disk.openFile(self.path(of: location), writable: false)
                await disk.close(object)
            } catch .notFound {
                try await disk.remove(path)
                return try await disk.put(Array(data), at: path)
            }
        }
    }

    private func metadata(of location: ObjectLocation) async throws(DiskError) -> [String: String] {
        do throws(DiskError) {
            let body = try await disk.readFile(
                path(of: location) + Self.metadataSuffix, limit: Self.metadataByteCountMax)
            return (try? JSONDecoder().decode([String: String].self, from: Data(body))) ?? [:]
        } catch .notFound {
            return [:]
        }
    }

    private static func problem(_ error: DiskError, _ location: ObjectLocation) -> ObjectError {
        switch error {
        case .exists: .exists(location)
        case .notFound: .notFound(location)
        case .noSpace, .denied: .denied(location, reason: error.description)
        case .tooLarge(_, let limit): .tooLarge(location, byteCount: limit + 1, limit: limit)
        case .failed: .unavailable(location, reason: error.description)
        }
    }
}
