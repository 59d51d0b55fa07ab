package import CairnNative

/// Looks over a log file that comes in pieces: whole records are surveyed some at a time, so that memory does not depend on
/// the file's size.
package struct RecordsScanner {
    /// The largest record.
    private static let recordByteCountMax = 8 << 20
    private static let head = Array("{\"Records\":[".utf8)
    private static let tail = Array("]}".utf8)

    private enum State { case start, elements, end }

    private let account: String
    private let region: String
    private var state = State.start
    private var pending: [UInt8] = []
    /// How much of `pending` was looked at, and the state there.
    private var scanned = 0
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Behind the last whole record.
    private var boundary = 0

    package private(set) var outcome = RecordSurvey.Outcome(
        recordCount: 0, foreignCount: 0, firstForeign: 0, hasTurns: false)

    /// Events by which logging was stopped or started.
    private(set) var turns: [TurnEvent] = []

    package init(account: String, region: String) { (self.account, self.region) = (account, region) }

    /// False when it is not `{"Records":[…]}`.
    package mutating func feed(_ bytes: [UInt8], _ survey: RecordSurvey) -> Bool {
        pending += bytes
        if state == .start {
            let skipped = pending.filter { !Self.isSpace($0) }.prefix(Self.head.count)
            guard Self.head.starts(with: skipped) else { return false }
            guard skipped.count == Self.head.count else { return pending.count < 1_000 }
            guard let bracket = pending.firstIndex(of: UInt8(ascii: "[")) else { return false }
            pending.removeFirst(bracket + 1)
            state = .elements
        }
        scan()
        if boundary > 0, !look(survey) { return false }
        return pending.count <= (state == .end ? 1_000 : Self.recordByteCountMax)
    }

    /// To be called at the file's end.
    package var isWhole: Bool { state == .end && pending.filter { !Self.isSpace($0) } == Self.tail }

    private static func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x0A || c == 0x0D || c == 0x09 }

    /// Looks for the ends of records.
    private mutating func scan() {
        pending.withUnsafeBufferPointer { bytes in
            var at = scanned
            while at < bytes.count, state == .elements {
                let c = bytes[at]
                if isInString {
                    if isEscaped {
                        isEscaped = false
                    } else if c == UInt8(ascii: "\\") {
                        isEscaped = true
                    } else if c == UInt8(ascii: "\"") {
                        isInString = false
                    }
                } else {
                    switch c {
                    case UInt8(ascii: "\""): isInString = true
                    case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                    case UInt8(ascii: "}"), UInt8(ascii: "]"):
                        if depth == 0 {
                            state = .end
                            boundary = at
                        } else {
                            depth -= 1
                            if depth == 0 { boundary = at + 1 }
                        }
                    default: break
                    }
                }
                at += 1
            }
            scanned = at
        }
    }

    /// Surveys the whole records that are pending, and lets them go.
    private mutating func look(_ survey: RecordSurvey) -> Bool {
        var records = Array(pending[..<boundary])
        // A comma between this part and the one before belongs to neither.
        let first = records.firstIndex { !Self.isSpace($0) }
        if outcome.recordCount > 0, let first, records[first] == UInt8(ascii: ",") { records[first] = 0x20 }
        var body = Self.head
        body.reserveCapacity(records.count + Self.head.count + Self.tail.count + JSONReader.padding)
        body += records
        body += Self.tail
        guard let part = survey.look(body, account: account, region: region) else { return false }
        if outcome.foreignCount == 0, part.foreignCount > 0 {
            outcome.firstForeign = outcome.recordCount + part.firstForeign
        }
        outcome.recordCount += part.recordCount
        outcome.foreignCount += part.foreignCount
        outcome.hasTurns = outcome.hasTurns || part.hasTurns
        if part.hasTurns { turns += TurnEvent.all(in: body) }
        pending.removeFirst(boundary)
        scanned -= boundary
        boundary = 0
        return true
    }
}
