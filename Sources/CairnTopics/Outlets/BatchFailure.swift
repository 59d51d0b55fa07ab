import CairnFormat

/// One entry of a batch that SNS or SQS did not take.
struct BatchFailure: Sendable {
    /// Its place in the batch, which is its id; nil: it names no entry.
    var index: Int?
    /// The service's name for the reason.
    var code: String
    /// Whether the same entry would fail again.
    var isSendersFault: Bool

    /// Sees whether all notices of a batch were taken.
    ///
    /// - Parameter done: the places of those that the answer says were taken.
    static func check(
        _ failures: [BatchFailure], done: [Int], _ notices: [TopicNotice], place: String
    ) throws(TopicError) {
        let taken = Set(done.filter(notices.indices.contains)).subtracting(failures.compactMap(\.index))
        func others(_ reason: String) -> TopicError {
            taken.isEmpty ? .away(reason) : .partly(taken: taken.sorted().map { notices[$0].id }, reason: reason)
        }
        if let other = failures.first(where: { !$0.isSendersFault }) {
            throw others("\(place) did not take a notice: \(other.code.prefix(100))")
        }
        guard taken.union(failures.compactMap(\.index)).isSuperset(of: notices.indices) else {
            throw others("\(place) does not say what became of all of a batch")
        }
        if let first = failures.first {
            let ids = failures.compactMap(\.index).filter(notices.indices.contains).map { notices[$0].id }
            guard ids.count == failures.count else { throw .away("\(place) refuses entries that were not sent") }
            throw .refused(ids, reason: "\(place) answers \(first.code.prefix(100))")
        }
        guard taken == Set(notices.indices) else { throw others("\(place) does not say that it took all of a batch") }
    }
}
