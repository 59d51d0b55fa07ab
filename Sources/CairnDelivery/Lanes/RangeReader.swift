import CairnFormat
import CairnLog
import CairnNative
import CairnTrails

/// Reads a range of the log for given lanes: after a crash, for a lane that was set apart, for another worker's intent.
struct RangeReader: Sendable {
    let log: any EventLog
    let partition: Int
    let byteCount: Int

    /// The contents of the entries' files, from the log. The range must hold no marker, as no cut's range does.
    ///
    /// A range that can no longer be read whole is an error, never a shorter file.
    func contents(
        of entries: [Cursor.Entry],
        until: UInt64,
        matcher: (UInt64) async throws(DeliveryError) -> TrailMatcher
    ) async throws(DeliveryError) -> [Lane: LaneContent] {
        let files = entries.filter { $0.kind == .file }
        guard var next = files.map(\.from).min(), let revision = files.first?.revision else { return [:] }
        let places = Dictionary(uniqueKeysWithValues: files.map { ($0.lane, $0.from) })
        let matcher = try await matcher(revision)
        let router = Router(only: Set(places.keys))
        let wanted = Self.origins(of: places.keys)
        var gaps: [Range<UInt64>] = []
        while next < until {
            let chunk = try await read(next, wanted)
            for frame in chunk.frames where frame.sequence < until {
                if frame.kind == .gap { gaps.append(frame.sequence..<frame.sequence + frame.span) }
                guard frame.kind == .batch else { continue }
                router.add(try batch(frame, chunk), of: chunk, by: matcher) {
                    places[$0, default: .max] <= frame.sequence
                }
            }
            next = chunk.next
        }
        var contents: [Lane: LaneContent] = [:]
        for (lane, from) in places {
            contents[lane] = router.take(lane)
            if gaps.contains(where: { $0.upperBound > from }) {
                contents[lane, default: .empty].isPartial = true
            }
        }
        return contents
    }

    /// What one lane would put into its next file: from its place to `edge`, to a marker, or to `limit` bytes.
    func next(
        of lane: Lane,
        from: UInt64,
        edge: UInt64,
        limit: Int,
        matcher: TrailMatcher
    ) async throws(DeliveryError) -> (until: UInt64, content: LaneContent?, marker: UInt64?) {
        let router = Router(only: [lane])
        let wanted = Self.origins(of: [lane])
        var next = from
        while next < edge {
            let chunk = try await read(next, wanted)
            for frame in chunk.frames {
                guard frame.sequence < edge else { return (frame.sequence, router.take(lane), nil) }
                if frame.kind == .marker {
                    let revision: UInt64 = chunk.payload(frame).number(at: 0)
                    if frame.sequence > from { return (frame.sequence, router.take(lane), nil) }
                    return (frame.sequence + 1, nil, revision)
                }
                if frame.kind == .batch {
                    router.add(try batch(frame, chunk), of: chunk, by: matcher) { _ in true }
                    if (router.largest?.byteCount ?? 0) >= limit { return (frame.sequence + 1, router.take(lane), nil) }
                }
            }
            next = chunk.next
        }
        return (min(next, edge), router.take(lane), nil)
    }

    /// Whose batches bring events to lanes.
    private static func origins(of lanes: some Sequence<Lane>) -> Set<AccountRegion> {
        Set(lanes.map { AccountRegion(account: $0.account, region: $0.region) })
    }

    private func read(_ from: UInt64, _ wanted: Set<AccountRegion>) async throws(DeliveryError) -> LogChunk {
        let chunk: LogChunk
        do throws(LogError) {
            chunk = try await log.read(from: from, byteCountMax: byteCount, wanted: wanted)
        } catch { throw .log(error) }
        guard !chunk.frames.isEmpty else {
            throw .unreadable(
                partition: partition, sequence: from, reason: "the log ends before a cut that was decided")
        }
        return chunk
    }

    func batch(_ frame: LogFrame, _ chunk: LogChunk) throws(DeliveryError) -> Batch {
        do throws(BatchProblem) {
            return try Batch(chunk.bytes, frame.payload)
        } catch {
            throw .unreadable(partition: partition, sequence: frame.sequence, reason: error.description)
        }
    }
}
