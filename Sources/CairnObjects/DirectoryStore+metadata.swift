import CairnFormat
import CairnSystem

extension DirectoryStore {
    /// Makes the metadata of an object that is not there yet durable.
    ///
    /// What a crash between the two files left, or a stranger, gives way: it belongs to no object.
    func put(_ sidecar: Sidecar, at location: ObjectLocation) async throws(DiskError) {
        let path = path(of: location) + Sidecar.suffix
        guard let bytes = sidecar.bytes else {
            if try await isThere(path) { try await disk.remove(path) }
            return
        }
        do throws(DiskError) {
            try await disk.put(bytes, at: path)
        } catch .exists {
            if try await isEqual(path, bytes) { return }
            // Another may have finished the same object since we looked for it.
            let object = self.path(of: location)
            if try await isThere(object) { throw .exists(path: object) }
            try await disk.remove(path)
            try await disk.put(bytes, at: path)
        }
    }

    func metadata(of location: ObjectLocation) async throws(DiskError) -> [String: String] {
        do throws(DiskError) {
            return Sidecar.metadata(
                try await disk.readFile(path(of: location) + Sidecar.suffix, limit: Sidecar.byteCountMax))
        } catch {
            switch error {
            case .notFound, .tooLarge: return [:]
            default: throw error
            }
        }
    }

    private func isEqual(_ path: String, _ bytes: [UInt8]) async throws(DiskError) -> Bool {
        do throws(DiskError) {
            return try await disk.readFile(path, limit: bytes.count) == bytes
        } catch .tooLarge {
            return false
        }
    }
}
