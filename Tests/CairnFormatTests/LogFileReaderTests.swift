import CairnFormat
import CairnNative
import Testing

@Suite("A log file is read strictly, and every file that cairn delivers can be read")
struct LogFileReaderTests {
    static func file(_ body: String) -> [UInt8] { GzipCompressor().compress(Array(body.utf8), .fast) }

    @Test("records as deep as the door takes them are read, one level more is refused")
    func depth() throws {
        func record(_ depth: Int) -> String {
            #"{"a":"# + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}"
        }
        let deepest = record(JSONReader.depthMax)
        let read = try LogFileReader.read(Self.file(#"{"Records":[\#(deepest),{"b":1}]}"#))
        #expect(read.ranges.count == 2 && read.record(0) == Array(deepest.utf8))
        #expect(throws: LogFileReader.Problem.self) {
            try LogFileReader.read(Self.file(#"{"Records":[\#(record(JSONReader.depthMax + 1))]}"#))
        }
    }

    @Test(
        "anything but one object with Records is refused",
        arguments: [
            "", "[]", "{}", #"{"Records":[}"#, #"{"Records":[{}],"x":1}"#, #"{"Records":[{}]} "# + "x",
            #"{"Records":[tru]}"#,
            #"{"Records":[{},]}"#, #"{"Records":[6]}"#, #"{"Records":["a"]}"#, #"{"Records":[{}}}"#,
        ])
    func notRecords(_ body: String) {
        #expect(throws: LogFileReader.Problem.self) { try LogFileReader.read(Self.file(body)) }
    }

    @Test("a second gzip member, a missing trailer or a truncated one is refused")
    func gzip() {
        let good = Self.file(#"{"Records":[{}]}"#)
        for bad in [good + good, good + [0], Array(good.dropLast(8)), Array(good.dropLast())] {
            #expect(throws: LogFileReader.Problem.self) { try LogFileReader.read(bad) }
        }
    }
}
