import CairnFormat
import CairnLog

/// Reads single entries of a partition's `delivered` log.
struct DeliveredReader: Sendable {
    /// How much is read around an entry: its neighbours are often wanted next.
    private static let byteCount = 64 << 10

    let log: any EventLog

    /// The entries at some places, which ascend.
    func items(_ places: [UInt64]) async throws(DigestError) -> [DigestWindow.Item] {
        var items: [DigestWindow.Item] = []
        items.reserveCapacity(places.count)
        var chunk: LogChunk?
        var frame = 0
        for place in places {
            if chunk.map({ place >= $0.next }) ?? true {
                do throws(LogError) { chunk = try await log.read(from: place, byteCountMax: Self.byteCount) } catch {
                    throw .log(error)
                }
                frame = 0
            }
            guard let chunk else { throw .unreadable(place: place) }
            while frame < chunk.frames.count, chunk.frames[frame].sequence < place { frame += 1 }
            guard frame < chunk.frames.count, chunk.frames[frame].sequence == place,
                let record = DeliveredCoding.decode(chunk.payload(chunk.frames[frame]))
            else { throw .unreadable(place: place) }
            items.append(DigestWindow.Item(place: place, record: record))
        }
        return items
    }
}
