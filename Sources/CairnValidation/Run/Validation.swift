import CairnFormat
package import CairnKeys
import CairnNative
import CairnObjects

/// Validates an archive: every digest and log file of the lanes asked for, and that nothing is missing or besides.
package struct Validation: Sendable {
    /// How far a run is, for those who watch.
    package struct Progress: Sendable {
        package var digests: Int
        package var digestCount: Int
        package var files: Int
        package var byteCount: Int
    }

    /// What a run says while it goes on.
    package enum Line: Sendable {
        case finding(Finding)
        /// `Digest file` or `Log file`, and the object.
        case valid(String, String)
    }

    /// What came of a run.
    package struct Outcome: Sendable {
        package var summary: Summary
        /// What the next run may pass over, if this one is believed.
        package var state: ValidationState
    }

    private let archive: Archive
    private let keys: PublicKeys
    private let fileKeys: (any KeyService)?
    private let scope: Scope

    /// - Parameter fileKeys: opens encrypted log files; nil: their stored bytes alone are checked.
    package init(_ archive: Archive, keys: PublicKeys, fileKeys: (any KeyService)?, scope: Scope) {
        (self.archive, self.keys, self.fileKeys, self.scope) = (archive, keys, fileKeys, scope)
    }

    /// Runs to the end, whatever it finds.
    package func run(
        report: @escaping @Sendable (Line) -> Void, progress: @escaping @Sendable (Progress) -> Void
    ) async -> Outcome {
        let findings = OrderedFindings(write: report)
        var run = ValidationRun(archive, keys, fileKeys, scope, findings, progress)
        let summary = await run.run()
        return Outcome(summary: summary, state: run.state)
    }
}
