package import CairnCatalog
package import CairnDelivery
package import CairnKeys
import CairnLog

/// How a partition stands, read from outside.
package struct PartitionState: Sendable {
    package let partition: Int
    package let cursor: Cursor
    /// The sequence behind the last durable one.
    package let end: UInt64
    /// When the oldest entry that is not delivered came in, in ms since 1970.
    package let oldestUndelivered: Int64?

    package static func read(
        _ partition: Int, catalog: Catalog, directory: DataDirectory, seams: Seams, keys: LogKeys
    ) async throws -> PartitionState {
        let cursor = try await CursorDocument(catalog: catalog, partition: partition).read()
        let log = ReadOnlyLog(disk: seams.disk, directory: directory.log(partition), keys: keys)
        let result: Result<PartitionState, LogError>
        do throws(LogError) {
            result = .success(try await read(partition, cursor, log))
        } catch { result = .failure(error) }
        await log.close()
        return try result.get()
    }

    private static func read(
        _ partition: Int, _ cursor: Cursor, _ log: ReadOnlyLog
    ) async throws(LogError) -> PartitionState {
        let end: UInt64
        do throws(LogError) {
            end = try await log.end()
        } catch {
            guard error.isNotFound else { throw error }
            return PartitionState(partition: partition, cursor: cursor, end: 1, oldestUndelivered: nil)
        }
        var oldest: Int64?
        if cursor.trimmable < end {
            // Nothing in particular: what was thinned out before it is nobody's business here.
            oldest = try await log.read(from: cursor.trimmable, byteCountMax: 64 << 10, wanted: []).frames.first?.at
        }
        return PartitionState(partition: partition, cursor: cursor, end: end, oldestUndelivered: oldest)
    }
}
