import CairnFormat
import CairnKeys
import CairnLog
import CairnServer
import CairnSystem
import CairnTestKit

/// What happens to the files of the log at rest.
extension Accidents {
    /// A segment of the log, with where its frames are.
    private struct Segment {
        let path: String
        let frames: LogFrames
        let log: ReadOnlyLog
    }

    /// The segments of a partition, the oldest first.
    private func segments(_ partition: Int) async -> [Segment] {
        let directory = console.directory.log(partition)
        guard let keys = try? await keyring.logKeys() else { return [] }
        let log = ReadOnlyLog(disk: world.disk, directory: directory, keys: keys)
        return world.disk.paths(containing: "\(directory)/").filter { $0.hasSuffix(".segment") }.map {
            Segment(path: $0, frames: LogFrames(world.disk.bytes($0) ?? []), log: log)
        }
    }

    /// The ids of the events in a frame; nil when it holds none, or cannot be read.
    private func ids(_ place: LogFrames.Place, in segment: Segment) async -> [String]? {
        guard let chunk = try? await segment.log.read(from: place.sequence, byteCountMax: 1),
            let frame = chunk.frames.first, frame.sequence == place.sequence, frame.kind == .batch,
            let batch = try? Batch(chunk.bytes, frame.payload)
        else { return nil }
        return LogFrames.ids(in: String(decoding: chunk.bytes[batch.body], as: UTF8.self))
    }

    /// A bit flips in a batch of the log that was acknowledged; then the door is started again, as the alarm says.
    func rotLog() async {
        let segments = await segments(dice.below(world.plan.partitionCount))
        guard !segments.isEmpty else { return }
        let segment = segments[dice.below(segments.count)]
        // The last ones may be taken for a torn tail, if the end mark is lost, too.
        guard segment.frames.places.count > 3 else { return }
        let victim = segment.frames.places[dice.below(segment.frames.places.count - 3)]
        guard let events = await ids(victim, in: segment) else { return }
        world.strangers.damagedLog(events: events)
        world.disk.corrupt(
            segment.path, at: victim.bytes.lowerBound + dice.below(victim.bytes.count), bit: dice.below(8))
        world.count(.logRots)
        world.note("a bit flips in sequence \(victim.sequence) of \(segment.path)")
        await world.pause(.milliseconds(500 + dice.below(5_000)))
        machine.door?.process.stop()
    }

    /// Somebody moves the file away that events are being written to, as far as can be seen from outside. A door that lives
    /// makes it again; else it is put back, unless the next door has begun another in its place by then.
    func takeLogFile() async {
        guard let segment = await segments(dice.below(world.plan.partitionCount)).last else { return }
        var events: [String] = []
        for place in segment.frames.places { events += await ids(place, in: segment) ?? [] }
        guard let door = machine.door?.process, !door.isDead, let bytes = world.disk.bytes(segment.path),
            LogFrames(bytes).places.count == segment.frames.places.count
        else { return }
        do throws(DiskError) { try await world.disk.remove(segment.path) } catch { return }
        world.strangers.tookLogFile()
        world.count(.logFileGone)
        world.note("a stranger moves \(segment.path) away")
        for _ in 0..<300 where !door.isDead && world.disk.bytes(segment.path) == nil {
            await world.pause(.milliseconds(50))
        }
        do throws(DiskError) {
            try await world.disk.put(bytes, at: segment.path)
            world.note("the stranger puts \(segment.path) back")
        } catch {
            let written = segment.frames.places.last?.bytes.upperBound ?? 0
            let isSame = world.disk.bytes(segment.path)?.prefix(written).elementsEqual(bytes.prefix(written)) == true
            if !isSame { world.strangers.damagedLog(events: events) }
        }
    }
}
