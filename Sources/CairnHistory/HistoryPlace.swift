/// Where an event stands in event history: by its time, and among events of one time by where it is kept. What comes later in the
/// order is older.
package struct HistoryPlace: Sendable, Hashable, Comparable {
    /// In seconds since 1970.
    package let time: Int64
    /// The file's first sequence, the run in it, and the event's position there.
    package let file: UInt64
    package let run: Int64
    package let position: UInt32

    package init(time: Int64, file: UInt64, run: Int64, position: UInt32) {
        (self.time, self.file, self.run, self.position) = (time, file, run, position)
    }

    /// Newest first.
    package static func < (a: HistoryPlace, b: HistoryPlace) -> Bool {
        (a.time, a.file, a.run, a.position) > (b.time, b.file, b.run, b.position)
    }

    /// As a token of a list carries it.
    package var text: String { "\(time).\(file).\(run).\(position)" }

    /// Nil when a text is none.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let time = Int64(parts[0]), let file = UInt64(parts[1]), let run = Int64(parts[2]),
            let position = UInt32(parts[3])
        else { return nil }
        self.init(time: time, file: file, run: run, position: position)
    }
}
