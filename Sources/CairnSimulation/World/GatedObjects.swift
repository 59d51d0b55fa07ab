import CairnFormat
import CairnObjects
import CairnTestKit

/// The buckets as one process has them: those of its disk, behind a network that fails as networks do.
struct GatedObjects: ObjectStore {
    let process: SimulatedProcess
    let store: any ObjectStore
    private var world: World { process.world }

    init(_ process: SimulatedProcess, _ store: any ObjectStore) {
        (self.process, self.store) = (process, store)
    }

    /// What the network does to a call, before and after it has its effect.
    private func call<Result: Sendable>(
        _ operation: String, _ location: ObjectLocation, isChange: Bool = false,
        _ body: () async throws(ObjectError) -> Result
    ) async throws(ObjectError) -> Result {
        try await process.pass(
            operation, "\(location)", dead: { .unavailable(location, reason: "the process is dead") }
        ) { () async throws(ObjectError) in
            if world.isDenied(location.bucket) {
                world.count(.storeDenies)
                throw .denied(location, reason: "403")
            }
            if world.strikes(.storeFails) { throw .unavailable(location, reason: "503") }
            if world.strikes(.storeThrottles) { throw .unavailable(location, reason: "SlowDown") }
            let result = try await body()
            if isChange, world.strikes(.storeAnswerLost) { throw .unavailable(location, reason: "the answer is lost") }
            return result
        }
    }

    func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?
    ) async throws(ObjectError) -> String {
        try await call("put object", location, isChange: true) { () async throws(ObjectError) in
            // Another put of the same name is under way, it says, and there may be none.
            if world.strikes(.storeConflicts) { throw .exists(location) }
            let etag = try await store.put(bytes, at: location, metadata: metadata, protection: protection)
            world.wasPut(location)
            return etag
        }
    }

    func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        ifETag: String
    ) async throws(ObjectError) -> String {
        try await call("replace object", location, isChange: true) { () async throws(ObjectError) in
            try await store.replace(
                bytes, at: location, metadata: metadata, protection: protection, ifETag: ifETag)
        }
    }

    func get(_ location: ObjectLocation, limit: Int) async throws(ObjectError) -> StoredObject {
        var object = try await call("get object", location) { () async throws(ObjectError) in
            try await store.get(location, limit: limit)
        }
        if !object.bytes.isEmpty, world.strikes(.storeReadFlipped) {
            let place = process.random.below(object.bytes.count)
            var bytes = object.bytes
            bytes[place] ^= 1 << UInt8(process.random.below(8))
            object = StoredObject(bytes: bytes, head: object.head)
        }
        return object
    }

    func get(
        _ location: ObjectLocation, range: Range<Int>, ifETag: String
    ) async throws(ObjectError) -> [UInt8] {
        try await call("get range", location) { () async throws(ObjectError) in
            try await store.get(location, range: range, ifETag: ifETag)
        }
    }

    func head(_ location: ObjectLocation) async throws(ObjectError) -> ObjectHead {
        try await call("head object", location) { () async throws(ObjectError) in try await store.head(location) }
    }

    func list(
        _ bucket: BucketName, prefix: String, after: String?, limit: Int
    ) async throws(ObjectError) -> [ObjectKey] {
        try await store.list(bucket, prefix: prefix, after: after, limit: limit)
    }
}
