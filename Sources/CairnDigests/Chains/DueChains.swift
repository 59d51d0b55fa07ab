import CairnFormat

/// Tells which chains have something to do.
///
/// With tens of thousands of chains it is too much to look at each of them twice a second: all are looked at once for some
/// time ahead, and in between only those whose time has come or that something happened to.
struct DueChains: Sendable {
    /// How far a look at all chains reaches, as a part of the period; a minute at most.
    private static let reachPart: Int64 = 8

    private struct Coming: Sendable {
        var end: Int64
        var name: ChainName
    }

    /// Chains whose digests are due before the horizon; the latest first.
    private var coming: [Coming] = []
    /// Chains that something happened to since they were looked at.
    private var touched: Set<ChainName> = []
    /// Until when the last look at all chains reaches, in seconds since 1970.
    private var horizon: Int64 = .min
    /// The same in uptime: clocks may go back.
    private var lookAgainAt: Duration = .zero

    /// Something was delivered for a chain, or work on it came to an end.
    mutating func touch(_ name: ChainName) { touched.insert(name) }

    /// Whether ``look(_:now:uptime:period:)`` is to be called.
    func needsLook(now: Int64, uptime: Duration) -> Bool { now >= horizon || uptime >= lookAgainAt }

    /// Looks at all chains.
    mutating func look(_ chains: [ChainName: ChainState], now: Int64, uptime: Duration, period: Int64) {
        let reach = min(60, max(1, period / Self.reachPart))
        (horizon, lookAgainAt) = (now + reach, uptime + .seconds(reach))
        coming = []
        for (name, state) in chains {
            if state.isDue(now: now, period: period) {
                touched.insert(name)
            } else if let end = state.nextEnd(period: period), end < horizon {
                coming.append(Coming(end: end, name: name))
            }
        }
        coming.sort { ($1.end, $1.name) < ($0.end, $0.name) }
    }

    /// Takes the chains that are due out; those that failed and wait stay.
    mutating func next(_ chains: [ChainName: ChainState], now: Int64, uptime: Duration, period: Int64) -> [ChainName] {
        while let first = coming.last, first.end <= now { touched.insert(coming.removeLast().name) }
        var due: [Coming] = []
        for name in touched {
            guard let state = chains[name], state.isDue(now: now, period: period) else {
                touched.remove(name)
                continue
            }
            guard state.notBefore <= uptime else { continue }
            touched.remove(name)
            due.append(Coming(end: state.head.end?.seconds ?? 0, name: name))
        }
        // Those that wait longest first.
        return due.sorted { ($0.end, $0.name) < ($1.end, $1.name) }.map(\.name)
    }
}
