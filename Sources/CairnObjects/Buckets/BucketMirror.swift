package import CairnFormat

/// Copies buckets from one store to another, object by object with its metadata, and goes on where it was cut off. What is
/// there is never overwritten; what was copied is read back.
package struct BucketMirror: Sendable {
    /// What became of an object.
    package enum Step: Sendable, Equatable {
        case copied(byteCount: Int)
        /// It was there, of the same size and with the same metadata, or, if that was asked for, the same bytes.
        case present
        /// It is not there now, and why.
        case failed(String)
    }

    /// The largest object that is copied.
    private static let byteCountMax = 256 << 20
    private static let pageCount = 1_000
    private static let taskCount = 16

    private let source: any ObjectStore
    private let target: any ObjectStore
    private let comparesBytes: Bool

    /// - Parameter comparesBytes: whether what is there already is read again from both.
    package init(from source: any ObjectStore, to target: any ObjectStore, comparesBytes: Bool = false) {
        (self.source, self.target, self.comparesBytes) = (source, target, comparesBytes)
    }

    /// Copies all objects whose keys begin with `prefix`.
    ///
    /// - Parameter report: is told of each, in no order.
    /// - Throws: when the source cannot be listed.
    package func run(
        _ bucket: BucketName, prefix: String, report: @escaping @Sendable (ObjectKey, Step) -> Void
    ) async throws(ObjectError) {
        var after: String?
        while true {
            let keys = try await source.list(bucket, prefix: prefix, after: after, limit: Self.pageCount)
            guard let last = keys.last else { return }
            await withTaskGroup(of: Void.self) { group in
                var left = keys[...]
                func next() {
                    guard let key = left.popFirst() else { return }
                    group.addTask { report(key, await copy(ObjectLocation(bucket: bucket, key: key))) }
                }
                for _ in 0..<Self.taskCount { next() }
                while await group.next() != nil { next() }
            }
            after = last.text
        }
    }

    private func copy(_ location: ObjectLocation) async -> Step {
        do throws(ObjectError) {
            let head = try await source.head(location)
            if let there = try await present(location, head) { return there }
            let object = try await source.get(location, limit: Self.byteCountMax)
            guard object.head.etag == head.etag, object.bytes.count == head.byteCount else {
                throw .changed(location)
            }
            try await target.put(object.bytes, at: location, metadata: head.metadata, protection: nil)
            let kept = try await target.get(location, limit: object.bytes.count)
            guard kept.bytes == object.bytes, kept.head.metadata == head.metadata else { throw .changed(location) }
            return .copied(byteCount: object.bytes.count)
        } catch { return .failed(error.description) }
    }

    /// What stands at the target already; nil when nothing does.
    private func present(_ location: ObjectLocation, _ head: ObjectHead) async throws(ObjectError) -> Step? {
        let there: ObjectHead
        do throws(ObjectError) { there = try await target.head(location) } catch .notFound { return nil }
        let isSame = there.byteCount == head.byteCount && there.metadata == head.metadata
        guard isSame else {
            return .failed(
                "\(location) is there with \(there.byteCount) bytes and other metadata or size than the source's \(head.byteCount) "
                    + "bytes: move it away, or find out which is right")
        }
        guard comparesBytes else { return .present }
        let ours = try await target.get(location, limit: Self.byteCountMax).bytes
        return try await source.get(location, limit: Self.byteCountMax).bytes == ours
            ? .present : .failed("\(location) is there with other bytes than the source's")
    }
}
