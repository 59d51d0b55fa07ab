import CairnFormat
import CairnNative

extension FuzzTarget {
    static let account = known { try AccountID("111122223333") }
    static let regions = known { [try Region("us-east-1"), try Region("eu-west-1")] }

    /// What is written here is well-formed.
    static func known<Value>(_ make: () throws -> Value) -> Value {
        do { return try make() } catch { preconditionFailure("\(error)") }
    }

    static var rules: IntakeRules {
        IntakeRules(
            principal: "AKIAFUZZ", accounts: nil, knownAccounts: [account], knownRegions: Set(regions),
            requestAccount: account, defaultRegion: regions[0])
    }

    /// What the door takes for an event is JSON with all fields filled in, and the same event when it is read again.
    static let events = FuzzTarget(name: "events") { (input) throws(Broken) in
        let buffer = input + [UInt8](repeating: 0, count: JSONReader.padding)
        let reader = EventReader()
        func read(_ buffer: [UInt8]) -> AcceptedEvent? {
            try? reader.read(
                buffer, 0..<buffer.count - JSONReader.padding, rules: rules, now: EventTime(seconds: 1_772_359_964),
                makeID: { [UInt8](repeating: 7, count: 16) })
        }
        guard let event = read(buffer) else { return }
        let record = Array(buffer[event.range.lowerBound..<event.range.upperBound - 1]) + event.ending
        guard record.count == event.byteCount else {
            throw Broken("an event of \(event.byteCount) bytes has \(record.count)")
        }
        guard record.count <= IntakeRules.eventByteCountMax else { return }
        guard let again = read(record + [UInt8](repeating: 0, count: JSONReader.padding)) else {
            throw Broken("an accepted event is refused when it comes again")
        }
        guard again.ending == [UInt8(ascii: "}")], again.account == event.account, again.region == event.region,
            again.outline.time == event.outline.time, again.outline.category == event.outline.category,
            again.outline.readOnly == event.outline.readOnly
        else { throw Broken("an accepted event is another one when it comes again") }
    }

    /// A batch of the log is read within its bounds, or refused.
    static let batch = FuzzTarget(name: "batch") { (input) throws(Broken) in
        guard let batch = try? Batch(input, 0..<input.count) else { return }
        var sum = batch.count - 1
        for index in 0..<batch.count { sum += batch.outline(index).byteCount }
        guard sum == batch.body.count, batch.body.upperBound <= input.count else {
            throw Broken("events of a batch lie outside of it")
        }
    }

    /// All readers of a log file's content find the same records, however it comes in.
    static let records = FuzzTarget(name: "records") { (input) throws(Broken) in
        guard let size = input.first else { return }
        let body = Array(input.dropFirst())
        let strict = try? LogFileReader.records(ofBody: body)
        var padded = body
        padded.reserveCapacity(body.count + JSONReader.padding)
        let whole = RecordSurvey().look(padded, account: account.description, region: "us-east-1")
        let pieces = scan(body, by: 1 + Int(size))
        if let strict {
            guard let whole, whole.recordCount == strict.ranges.count else {
                throw Broken(
                    "\(strict.ranges.count) records for delivery, \(whole?.recordCount ?? -1) for the validator")
            }
        }
        // Space between the brackets that the scanner looks for may be anything's; records may not.
        if let whole, let pieces, whole != pieces { throw Broken("whole \(whole), in pieces \(pieces)") }
    }
}
