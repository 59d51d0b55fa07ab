/// Gives findings out in the order of the work they come from, whoever finds them first.
///
/// What comes from later work waits, up to a number; whoever has more waits itself until its turn comes. So the output does not
/// depend on the number of threads, and nothing is held for sorting.
actor OrderedFindings {
    private static let waitingCountMax = 1_000

    private let write: @Sendable (Validation.Line) -> Void
    private var current = 0
    private var waiting: [Int: [Validation.Line]] = [:]
    private var blocked: [(slot: Int, continuation: CheckedContinuation<Void, Never>)] = []
    private(set) var counts: [FindingCode: Int] = [:]

    init(write: @escaping @Sendable (Validation.Line) -> Void) { self.write = write }

    /// Takes a finding of the work with a number.
    func emit(_ finding: Finding, _ slot: Int) async { await emit(.finding(finding), slot) }

    func emit(_ line: Validation.Line, _ slot: Int) async {
        if slot > current, waiting[slot, default: []].count >= Self.waitingCountMax {
            await withCheckedContinuation { blocked.append((slot, $0)) }
        }
        if slot <= current {
            give(line)
        } else {
            waiting[slot, default: []].append(line)
        }
    }

    /// The work with a number is the current one: what it has found is given out, and from now on at once.
    func begin(_ slot: Int) {
        current = slot
        for line in waiting.removeValue(forKey: slot) ?? [] { give(line) }
        let freed = blocked.filter { $0.slot <= slot }
        blocked.removeAll { $0.slot <= slot }
        for entry in freed { entry.continuation.resume() }
    }

    /// Gives a finding of the current work out.
    func give(_ finding: Finding) { give(.finding(finding)) }

    func give(_ line: Validation.Line) {
        if case .finding(let finding) = line { counts[finding.code, default: 0] += 1 }
        write(line)
    }
}
