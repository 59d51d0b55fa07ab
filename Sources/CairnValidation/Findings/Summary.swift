package import CairnFormat

/// What a run came to.
package struct Summary: Sendable, Equatable {
    package enum Result: String, Sendable {
        case holds
        case doesNotHold = "does not hold"
        case couldNotFinish = "could not finish"
    }

    /// How far a lane is proved.
    package struct LaneCoverage: Sendable, Equatable {
        package let organization: String?
        package let account: String
        package let region: String
        package let trail: String
        package let from: EventTime?
        package let until: EventTime?
    }

    package var validDigests = 0
    package var invalidDigests = 0
    package var validBackfills = 0
    package var invalidBackfills = 0
    package var files = FileCounts()
    /// Log files newer than the last digest.
    package var pendingFiles = 0
    /// Digests and files that an earlier run has checked.
    package var notCheckedAgain = 0
    package var lanes: [LaneCoverage] = []
    package var findings: [FindingCode: Int] = [:]
    /// Keys that were only found, by SHA-256.
    package var untrustedKeys: [String] = []
    package var keyOrigins: [String] = []
    /// Whether a digest behind the end of the time asked for was there to confirm the last one.
    package var isAnchored: Bool?

    package init() {}

    /// The time that all lanes' signed digests cover together: from the earliest beginning to the latest end.
    package var from: EventTime? { lanes.compactMap(\.from).min() }
    package var until: EventTime? { lanes.compactMap(\.until).max() }

    package var result: Result {
        if findings.contains(where: { $0.key.kind.isEvidence && $0.value > 0 }) { return .doesNotHold }
        return findings.isEmpty ? .holds : .couldNotFinish
    }

    /// The exit code of commands: 0 holds, 1 could not finish, 3 does not hold.
    package var exitCode: Int32 {
        switch result {
        case .holds: 0
        case .couldNotFinish: 1
        case .doesNotHold: 3
        }
    }
}
