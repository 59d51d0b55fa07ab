import CairnFormat
import CairnNative
package import CairnSystem

/// Buckets as directories: `ROOT/BUCKET/KEY`, and user metadata in `KEY.metadata.json` beside an object that has some.
///
/// The etag is the SHA-256 of the bytes in lowercase hex. What is overwritten is kept in `quarantine`. As in any
/// directory, and unlike S3, a key cannot stand beside another that continues it with a slash.
package struct DirectoryStore: ObjectStore {
    let disk: any Disk
    let root: String
    private let quarantine: String

    /// - Parameters:
    ///   - root: the directory of the buckets.
    ///   - quarantine: where overwritten objects go; nil: `quarantine` beside `root`. On the same file system as `root`.
    package init(disk: any Disk, root: String, quarantine: String? = nil) {
        self.disk = disk
        self.root = root
        self.quarantine =
            quarantine ?? "\(root.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 })/quarantine"
    }

    package func path(of location: ObjectLocation) -> String { "\(root)/\(location.bucket)/\(location.key)" }

    @discardableResult
    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?
    ) async throws(ObjectError) -> String {
        try Self.check(protection, location)
        let sidecar = try Sidecar(metadata, of: location)
        do throws(DiskError) {
            // An object that is there keeps its metadata, whatever becomes of this put.
            let isFree = try await !isThere(path(of: location))
            if isFree { try await put(sidecar, at: location) }
            try await disk.put(bytes, at: path(of: location))
            // It was there and is gone: moved to quarantine by another worker who fights the same stranger.
            if !isFree { try await put(sidecar, at: location) }
        } catch {
            throw ObjectError(error, location)
        }
        return SHA256.hash(bytes).hex
    }

    /// Nobody is told that a directory encrypts or holds what it keeps.
    private static func check(_ protection: ObjectProtection?, _ location: ObjectLocation) throws(ObjectError) {
        guard let protection else { return }
        let wanted = protection.hold == nil ? "encrypt objects" : "hold objects as Object Lock does"
        throw .denied(
            location,
            reason:
                "its bucket is a directory, which does not \(wanted), and the trail asks for that: name the bucket in "
                + "--s3-buckets, or change the trail with 'cairn trails update'")
    }

    @discardableResult
    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        ifETag: String
    ) async throws(ObjectError) -> String {
        try Self.check(protection, location)
        _ = try Sidecar(metadata, of: location)
        guard try await head(location).etag == ifETag else { throw .changed(location) }
        do throws(DiskError) { try await quarantine(location, etag: ifETag) } catch {
            if case .notFound = error { throw .changed(location) }
            throw ObjectError(error, location)
        }
        do throws(ObjectError) { return try await put(bytes, at: location, metadata: metadata, protection: nil) } catch
        {
            if case .exists = error { throw .changed(location) }
            throw error
        }
    }

    package func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        try Sidecar.refuseToRead(location)
        do throws(DiskError) {
            let bytes = try await disk.readFile(path(of: location), limit: limit)
            let head = ObjectHead(
                etag: SHA256.hash(bytes).hex, byteCount: bytes.count, metadata: try await metadata(of: location))
            return StoredObject(bytes: bytes, head: head)
        } catch {
            throw ObjectError(error, location)
        }
    }

    package func get(
        _ location: ObjectLocation, range: Range<Int>, ifETag: String
    ) async throws(ObjectError) -> [UInt8] {
        try Sidecar.refuseToRead(location)
        do throws(DiskError) {
            let path = path(of: location)
            let file = try await disk.openFile(path, writable: false)
            let bytes: [UInt8]
            let etag: SHA256Hash
            do throws(DiskError) {
                // The same open file: what is hashed is what is read.
                etag = try await hash(file).hash
                bytes = try await disk.read(file, at: range.lowerBound, count: range.count)
            } catch {
                await disk.close(file)
                throw error
            }
            await disk.close(file)
            guard etag.hex == ifETag, bytes.count == range.count else { throw DiskError.exists(path: path) }
            return bytes
        } catch {
            if case .exists = error { throw .changed(location) }
            throw ObjectError(error, location)
        }
    }

    package func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        try Sidecar.refuseToRead(location)
        do throws(DiskError) {
            let (hash, byteCount) = try await hash(path(of: location))
            return ObjectHead(etag: hash.hex, byteCount: byteCount, metadata: try await metadata(of: location))
        } catch {
            throw ObjectError(error, location)
        }
    }

    // MARK: Files

    /// Whether anything stands at a path, be it no object.
    func isThere(_ path: String) async throws(DiskError) -> Bool {
        do throws(DiskError) {
            _ = try await disk.isDirectory(path)
            return true
        } catch .notFound {
            return false
        }
    }

    /// The hash of a file of any size, read in parts.
    private func hash(_ path: String) async throws(DiskError) -> (hash: SHA256Hash, byteCount: Int) {
        let file = try await disk.openFile(path, writable: false)
        do throws(DiskError) {
            let result = try await hash(file)
            await disk.close(file)
            return result
        } catch {
            await disk.close(file)
            throw error
        }
    }

    private func hash(_ file: DiskFile) async throws(DiskError) -> (hash: SHA256Hash, byteCount: Int) {
        let hash = SHA256()
        var byteCount = 0
        while true {
            let part = try await disk.read(file, at: byteCount, count: 1 << 20)
            if part.isEmpty { return (hash.finish(), byteCount) }
            hash.update(part)
            byteCount += part.count
        }
    }

    /// Puts a copy of an object of another store, which is about to be overwritten there, into quarantine.
    package func keep(_ object: StoredObject, of location: ObjectLocation) async throws(ObjectError) {
        let etag = SHA256.hash(object.bytes).hex
        let kept = "\(quarantine)/\(location.bucket)/\(Self.quarantineName(location.key, etag))"
        do throws(DiskError) {
            // It is there already if an attempt before this one came so far.
            do throws(DiskError) { try await disk.put(object.bytes, at: kept) } catch .exists {}
        } catch { throw ObjectError(error, location) }
    }

    /// Moves the object with `etag` and its metadata out of the way: the stranger gives up the name before ours takes
    /// it, so at no moment is there a mixture.
    private func quarantine(_ location: ObjectLocation, etag: String) async throws(DiskError) {
        let path = path(of: location)
        let kept = "\(quarantine)/\(location.bucket)/\(Self.quarantineName(location.key, etag))"
        // Metadata first: should we crash in between, the object is still found by its etag and moved the next time.
        do throws(DiskError) {
            try await disk.rename(path + Sidecar.suffix, to: kept + Sidecar.suffix)
        } catch .notFound {}
        try await disk.rename(path, to: kept)
        guard try await hash(kept).hash.hex != etag else { return }
        // Somebody changed it after we looked. What we took goes back, unless they were quicker again.
        if try await !isThere(path) {
            if try await isThere(kept + Sidecar.suffix), try await !isThere(path + Sidecar.suffix) {
                try await disk.rename(kept + Sidecar.suffix, to: path + Sidecar.suffix)
            }
            try await disk.rename(kept, to: path)
        }
        throw .notFound(path: path)
    }

    /// `<key>.<etag>`, its last part cut where that with a suffix would be longer than a name may be.
    private static func quarantineName(_ key: ObjectKey, _ etag: String) -> String {
        var parts = key.text.split(separator: "/").map(String.init)
        var last = parts.removeLast()
        while last.utf8.count + 1 + etag.utf8.count + Sidecar.suffix.utf8.count > 255 { last.removeLast() }
        return (parts + ["\(last).\(etag)"]).joined(separator: "/")
    }
}
