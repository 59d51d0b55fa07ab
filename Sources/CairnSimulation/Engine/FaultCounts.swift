/// How often each fault struck.
package struct FaultCounts: Sendable, Equatable {
    private var counts = [Int](repeating: 0, count: Fault.allCases.count)

    package init() {}

    package subscript(_ fault: Fault) -> Int {
        get { counts[Self.place(of: fault)] }
        set { counts[Self.place(of: fault)] = newValue }
    }

    package static func += (sum: inout FaultCounts, more: FaultCounts) {
        for i in sum.counts.indices { sum.counts[i] += more.counts[i] }
    }

    private static let places = Dictionary(uniqueKeysWithValues: Fault.allCases.enumerated().map { ($1, $0) })

    private static func place(of fault: Fault) -> Int { places[fault] ?? 0 }
}
