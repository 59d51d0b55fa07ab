package import CairnFormat
import CairnSystem

extension DirectoryStore {
    /// Up to `limit` keys; holds the names of one directory for each level of a key, and looks at no file behind the page.
    package func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        var page = ListPage(prefix: prefix, after: after, limit: limit)
        do throws(DiskError) {
            try await walk("\(root)/\(bucket)", below: "", into: &page)
        } catch {
            // There is no key to name; the reason has the path.
            throw ObjectError(error, ObjectLocation(bucket: bucket, key: (try? ObjectKey(prefix)) ?? Self.anyKey))
        }
        return page.keys
    }

    private static var anyKey: ObjectKey {
        guard let key = try? ObjectKey("*") else { preconditionFailure("a star is a key") }
        return key
    }

    /// Goes through a directory in the order of whole keys: a directory stands where its name with a slash does.
    private func walk(_ directory: String, below path: String, into page: inout ListPage) async throws(DiskError) {
        // Each name twice, as a file's and as a directory's, for only a look tells which it is.
        var places: [(key: String, name: String, isDirectory: Bool)] = []
        for name in try await disk.list(directory) where !Sidecar.isOwn(name) {
            if page.mayTake(path + name) { places.append((path + name, name, false)) }
            if page.mayTake(below: path + name + "/") { places.append((path + name + "/", name, true)) }
        }
        places.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        var files: Set<String> = []
        for (key, name, isDirectory) in places {
            if page.isFull { return }
            if isDirectory, files.contains(name) { continue }
            do throws(DiskError) {
                guard try await disk.isDirectory("\(directory)/\(name)") == isDirectory else { continue }
            } catch .notFound {
                // Moved away since the directory was read, or a name that is no UTF-8.
                continue
            }
            if isDirectory {
                try await walk("\(directory)/\(name)", below: key, into: &page)
            } else {
                files.insert(name)
                if let key = try? ObjectKey(key) { page.keys.append(key) }
            }
        }
    }
}
