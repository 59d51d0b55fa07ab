package import CairnFormat

/// What the next digest of a chain covers: decided by the head, the lane's entries of the `delivered` log in their order,
/// and the clock. The place of an entry decides, not its time: what is appended later belongs to a later digest.
package struct DigestWindow: Sendable, Equatable {
    /// An entry of the `delivered` log.
    package struct Item: Sendable, Equatable {
        package let place: UInt64
        package let record: DeliveredRecord

        package init(place: UInt64, record: DeliveredRecord) { (self.place, self.record) = (place, record) }
    }

    /// The most files that one digest lists; more go into the next.
    package static let fileCountMax = 100_000

    package var kind: DigestBody.Kind
    package var start: EventTime
    package var end: EventTime
    package var until: UInt64
    package var folders: [ChainHead.FolderState]
    package var entries: [DigestBody.Entry]
    /// Where lanes begin that began within the window.
    package var begun: [ChainHead.FolderState.Key: UInt64] = [:]
    package var trail: UniqueID
    /// Where the trail delivered when the chain was started or stopped, if that is what the window says.
    package var place: DigestPlace?

    /// The next window; nil while nothing is due.
    ///
    /// - Parameters:
    ///   - items: the lane's entries from the head's position on.
    ///   - seen: the first place of the `delivered` log that was not read.
    ///   - now: the own clock, in seconds since 1970.
    package static func next(
        _ head: ChainHead, _ items: [Item], seen: UInt64, now: Int64, period: Int64
    ) -> DigestWindow? {
        let due = head.nextEnd(period: period)
        var window = DigestWindow(
            kind: .hourly, start: head.end ?? due, end: due, until: seen, folders: head.folders, entries: [],
            trail: head.trail, place: nil)
        for item in items where item.place >= head.position && item.place < seen {
            let record = item.record
            if head.isOpen, record.at >= due.seconds * 1_000 || window.entries.count >= fileCountMax {
                window.until = item.place
                return window
            }
            guard window.takes(record) else { continue }
            switch record.kind {
            case .file, .abandoned:
                // A lane whose start is not recorded yet has no files; one that has stopped gets none.
                if let file = record.file, head.isOpen {
                    window.entries.append(DigestBody.Entry(record: record, file: file))
                }
            case .start:
                window.trail = record.lane.trail
                window.place = record.digests
                guard !head.isOpen else { continue }
                return window.closed(as: .starting, behind: item, head, period)
            case .stop:
                window.place = record.digests
                guard head.isOpen, !window.folders.contains(where: \.isOpen) else { continue }
                return window.closed(as: .final, behind: item, head, period)
            }
        }
        guard head.isOpen, now >= due.seconds else { return nil }
        return window
    }

    /// The files between a head's position and an intent's end, and the lanes that begin there: the same for every builder.
    package static func between(
        _ head: ChainHead, _ items: [Item], until: UInt64
    ) -> (entries: [DigestBody.Entry], begun: [ChainHead.FolderState.Key: UInt64]) {
        var window = DigestWindow(
            kind: .hourly, start: EventTime(seconds: 0), end: EventTime(seconds: 0), until: until,
            folders: head.folders, entries: [], trail: head.trail, place: nil)
        for item in items where item.place >= head.position && item.place < until && window.takes(item.record) {
            if let file = item.record.file, head.isOpen {
                window.entries.append(DigestBody.Entry(record: item.record, file: file))
            }
        }
        return (window.entries, window.begun)
    }

    /// Whether an entry is no copy of one that was taken before; notes how far its lane reaches with it.
    private mutating func takes(_ record: DeliveredRecord) -> Bool {
        let key = ChainHead.FolderState.Key(trail: record.lane.trail, folder: record.lane.folder)
        guard let i = folders.firstIndex(where: { $0.key == key }) else {
            begin(key, record)
            return true
        }
        guard (record.epoch, record.from) >= (folders[i].epoch, folders[i].until) else { return false }
        (folders[i].epoch, folders[i].until) = (record.epoch, record.until)
        switch record.kind {
        case .start: folders[i].isOpen = true
        case .stop: folders[i].isOpen = false
        case .file, .abandoned: break
        }
        return true
    }

    /// A lane of which nothing was seen before. Of those that have ended, the oldest are forgotten.
    private mutating func begin(_ key: ChainHead.FolderState.Key, _ record: DeliveredRecord) {
        folders.append(
            ChainHead.FolderState(
                trail: key.trail, folder: key.folder, isOpen: record.kind == .start, epoch: record.epoch,
                until: record.until))
        let ended = folders.filter { !$0.isOpen && $0.key != key }
        if ended.count > ChainHead.FolderState.endedCountMax,
            let oldest = ended.min(by: { ($0.epoch, $0.until) < ($1.epoch, $1.until) })
        {
            folders.removeAll { $0.key == oldest.key }
        }
        folders.sort { ($0.folder, $0.trail) < ($1.folder, $1.trail) }
        begun[key] = record.until
    }

    /// A window that ends with a start or stop: at that moment, and a second or more behind every digest before.
    private func closed(
        as kind: DigestBody.Kind, behind item: Item, _ head: ChainHead, _ period: Int64
    ) -> DigestWindow {
        var window = self
        window.kind = kind
        window.until = item.place + 1
        let moment = (item.record.at + 999) / 1_000
        window.end = EventTime(seconds: max(moment, head.end.map { $0.seconds + 1 } ?? .min))
        if kind == .starting {
            // It says that digests begin here. The end of the chain before is not crossed.
            window.start = EventTime(seconds: max(window.end.seconds - period, head.end?.seconds ?? .min))
        }
        return window
    }
}
