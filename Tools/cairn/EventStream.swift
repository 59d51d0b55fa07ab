import CairnHistory
import CairnServer

/// Events that several queries find, newest first.
struct EventStream {
    /// How many events are read of a query at a time.
    static let pageEventCount = 200

    private struct Source {
        var query: HistoryQuery
        /// What was read and not given out.
        var page: ArraySlice<HistorySearch.Found> = []
        var isOver = false
    }

    private let history: EventHistory
    private var sources: [Source]

    init(_ history: EventHistory, _ queries: [HistoryQuery]) {
        self.history = history
        sources = queries.map { Source(query: $0) }
    }

    mutating func next() async throws(HistoryError) -> HistorySearch.Found? {
        for i in sources.indices {
            // A page may be empty, and another behind it: events whose keys are gone are none.
            while sources[i].page.isEmpty, !sources[i].isOver {
                let (events, next) = try await history.page(sources[i].query)
                sources[i].page = events[...]
                sources[i].query.after = next
                sources[i].isOver = next == nil
            }
        }
        let best = sources.indices.filter { !sources[$0].page.isEmpty }.max {
            sources[$0].page[sources[$0].page.startIndex].place.time
                < sources[$1].page[sources[$1].page.startIndex].place.time
        }
        guard let best else { return nil }
        return sources[best].page.removeFirst()
    }
}
