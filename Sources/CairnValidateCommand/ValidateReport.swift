import CairnFormat
import CairnTerminal
import CairnValidation
import Synchronization

/// What a run found, as one JSON text to be signed by whoever ran it.
final class ValidateReport: Sendable {
    /// More findings than fit are counted, and said to be left out.
    private static let byteCountMax = 32 << 20

    private struct State {
        var lines: [String] = []
        var byteCount = 0
        var leftOut = 0
    }

    private let state = Mutex(State())

    func add(_ line: Validation.Line) {
        guard case .finding(let finding) = line else { return }
        let text = ValidateOutput.object(ValidateOutput.members(finding))
        state.withLock { state in
            guard state.byteCount + text.utf8.count <= Self.byteCountMax else {
                state.leftOut += 1
                return
            }
            state.lines.append(text)
            state.byteCount += text.utf8.count
        }
    }

    func json(_ summary: Summary, archive: String, at now: EventTime) -> [UInt8] {
        state.withLock { state in
            let head = ValidateOutput.object([
                ("format", "1"), ("archive", JSONText.quoted(archive)), ("at", JSONText.quoted(now.iso8601)),
                ("by", JSONText.quoted(Terminal.userName)), ("findingsLeftOut", "\(state.leftOut)"),
                ("summary", ValidateOutput.object(ValidateOutput.members(summary))),
                ("findings", "[\n\(state.lines.joined(separator: ",\n"))\n]"),
            ])
            return Array((head + "\n").utf8)
        }
    }
}
