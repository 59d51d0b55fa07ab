import CairnFormat
import CairnNative
import Testing

@Suite("A batch holds events as they came, and what is kept of them")
struct BatchTests {
    static func events(_ texts: [String]) throws -> ([AcceptedEvent], [UInt8]) {
        var buffer: [UInt8] = []
        var ranges: [Range<Int>] = []
        for text in texts {
            ranges.append(buffer.count..<buffer.count + text.utf8.count)
            buffer += Array(text.utf8)
        }
        buffer += [UInt8](repeating: 0, count: JSONReader.padding)
        let reader = EventReader()
        let events = try ranges.map { range in
            try reader.read(
                buffer, range, rules: EventReaderTests.rules(), now: EventReaderTests.now,
                makeID: { [UInt8](repeating: 1, count: 16) })
        }
        return (events, buffer)
    }

    @Test("what is written reads back, wherever it stands")
    func roundTrip() throws {
        let (events, buffer) = try Self.events([EventReaderTests.good, EventReaderTests.replacing("eventID", nil)])
        let bytes = Batch.encode(
            events, from: buffer, principal: "AKIA", peer: "192.0.2.1", receivedAt: 1_772_359_964_123)
        let batch = try Batch([9, 9, 9] + bytes, 3..<3 + bytes.count)
        #expect(
            (batch.principal, batch.peer, batch.receivedAt, batch.count) == ("AKIA", "192.0.2.1", 1_772_359_964_123, 2))
        #expect(batch.account == events[0].account && batch.region == events[0].region)
        #expect(batch.outline(0).outline == events[0].outline && batch.outline(1).outline == events[1].outline)
        #expect(batch.outline(1).byteCount == events[1].byteCount)
        let body = String(decoding: ([9, 9, 9] + bytes)[batch.body], as: UTF8.self)
        #expect(body.hasPrefix(EventReaderTests.good.dropLast()) && body.contains("},{"))
    }

    @Test("a batch cut off anywhere, or of another version, is no batch")
    func damage() throws {
        let (events, buffer) = try Self.events([EventReaderTests.good])
        let bytes = Batch.encode(events, from: buffer, principal: "p", peer: "q", receivedAt: 0)
        for count in 0..<bytes.count { #expect(throws: BatchProblem.self) { try Batch(bytes, 0..<count) } }
        #expect(throws: BatchProblem.version(2)) { try Batch([2] + bytes.dropFirst(), 0..<bytes.count) }
    }

    @Test("a body is one Records object")
    func body() throws {
        var body = RecordsBody()
        body.append(Array("{\"a\":1},{\"b\":2}".utf8), 0..<15, count: 2)
        body.append(Array("x{\"c\":3}x".utf8), 1..<8, count: 1)
        #expect((body.count, body.byteCount) == (3, 37))
        let closed = body.closed()
        #expect(String(decoding: closed, as: UTF8.self) == #"{"Records":[{"a":1},{"b":2},{"c":3}]}"#)
        let records = try LogFileReader.read(GzipCompressor().compress(closed, .fast))
        #expect(records.ranges.count == 3 && records.record(1) == Array("{\"b\":2}".utf8))
    }

    @Test(
        "a log file that is anything else is refused",
        arguments: ["[]", "{\"Records\":[{}],\"x\":1}", "{\"Records\":[{}", "x", "{}"])
    func strictness(_ body: String) {
        #expect(throws: LogFileReader.Problem.self) {
            try LogFileReader.read(GzipCompressor().compress(Array(body.utf8), .balanced))
        }
    }
}
