package import CairnFormat

/// A matcher as one account in one Region sees it: look it up once for a batch, then ask it for each event.
///
/// Which trails take a management event is a function of the few bits that its outline has, so all answers are worked
/// out beforehand: a match copies one row of a table.
package final class MatcherView: Sendable {
    /// The rows of ``taken``, one for each outline of a management event, see ``row(_:)``.
    private let rows: [Range<Int>]
    private let taken: [Int]
    private let data: [Candidate]
    private let networkActivity: [Candidate]

    /// A trail with selectors of one of the categories that need facts.
    private struct Candidate: Sendable {
        let trail: Int
        let takesGlobalServiceEvents: Bool
        let rules: [DataRule]
    }

    static let empty = MatcherView(candidates: [], trails: [], rules: [])

    /// - Parameters:
    ///   - candidates: the indices of trails that log here, ascending.
    ///   - rules: for each of `trails` its ``Selectors/dataRules``.
    init(candidates: [Int], trails: [Trail], rules: [[DataRule]]) {
        var rows: [Range<Int>] = []
        var taken: [Int] = []
        for isGlobal in [false, true] {
            for readOnly in [EventOutline.ReadOnly.unsaid, .yes, .no] {
                for excludable in [EventOutline.ExcludableSource.none, .kms, .rdsdata] {
                    let first = taken.count
                    taken += candidates.filter { i in
                        (!isGlobal || trails[i].takesGlobalServiceEvents)
                            && trails[i].selectors.takesManagement(readOnly, excludable)
                    }
                    rows.append(first..<taken.count)
                }
            }
        }
        func with(_ category: EventCategory) -> [Candidate] {
            candidates.compactMap { i in
                let rules = rules[i].filter { $0.category == category }
                guard !rules.isEmpty else { return nil }
                return Candidate(
                    trail: i,
                    takesGlobalServiceEvents: trails[i].takesGlobalServiceEvents,
                    rules: rules
                )
            }
        }
        self.rows = rows
        self.taken = taken
        data = with(.data)
        networkActivity = with(.networkActivity)
    }

    private static func row(_ outline: EventOutline) -> Int {
        (outline.isGlobal ? 9 : 0) + Int(outline.readOnly.rawValue) * 3 + Int(outline.excludable.rawValue)
    }

    /// Whether no event of this account and Region is taken by any trail.
    package var isEmpty: Bool { taken.isEmpty && data.isEmpty && networkActivity.isEmpty }

    /// The trails that take every management event, if no management event is treated unlike another; else nil.
    package var managementTrails: [Int]? {
        let first = taken[rows[0]]
        return rows.allSatisfy { taken[$0] == first } ? Array(first) : nil
    }

    /// Appends the indices of the trails that take the event, ascending.
    ///
    /// - Parameter facts: reads the event again. Called at most once, and never for management events. An event whose
    ///   facts are nil is taken as one that has none of the fields.
    package func match(_ outline: EventOutline, facts: () -> EventFacts?, into found: inout [Int]) {
        switch outline.category {
        case .management:
            for i in rows[Self.row(outline)] { found.append(taken[i]) }
        case .data: Self.match(data, outline, facts, &found)
        case .networkActivity: Self.match(networkActivity, outline, facts, &found)
        // No selector asks for these; they are routed by the settings of Insights and aggregation.
        case .insight, .aggregated: break
        }
    }

    private static func match(
        _ candidates: [Candidate],
        _ outline: EventOutline,
        _ facts: () -> EventFacts?,
        _ found: inout [Int]
    ) {
        func mayTake(_ candidate: Candidate) -> Bool {
            (!outline.isGlobal || candidate.takesGlobalServiceEvents)
                && candidate.rules.contains { $0.mayTake(outline.readOnly) }
        }
        guard candidates.contains(where: mayTake) else { return }
        let event = facts() ?? EventFacts()
        for candidate in candidates where mayTake(candidate) {
            guard candidate.rules.contains(where: { $0.mayTake(outline.readOnly) && $0.takes(event) }) else { continue }
            found.append(candidate.trail)
        }
    }
}
