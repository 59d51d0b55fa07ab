import CairnNative
import FoundationEssentials
import Testing

@Suite("JSON is what RFC 8259 says, and nothing else")
struct JSONReaderTests {
    static let suite = ProcessInfo.processInfo.environment["CAIRN_JSON_TEST_SUITE"]
    /// Continuous integration may not leave the suite out: without it these tests fail there.
    static let isWanted = suite != nil || ProcessInfo.processInfo.environment["CI"] == "true"

    static func files(_ prefix: String) -> [String] {
        guard let suite else { return [] }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: suite)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted()
    }

    static func problem(_ bytes: [UInt8]) -> JSONProblem? {
        do throws(JSONProblem) {
            try JSONReader().check(bytes)
            return nil
        } catch {
            return error
        }
    }

    static func bytes(_ name: String) -> [UInt8] {
        Array(FileManager.default.contents(atPath: "\(suite ?? "")/\(name)") ?? Data())
    }

    // The suite is fetched by Tools/install --tests and named by Tools/test; it is never part of the repository.
    @Test("all that JSONTestSuite says must be accepted is", .enabled(if: isWanted))
    func mustAccept() {
        // JSON is UTF-8 since RFC 8259; newer states of the suite count these among those that may be refused.
        let names = Self.files("y_").filter { !$0.hasPrefix("y_string_utf16") && !$0.hasPrefix("y_string_utf32") }
        #expect(names.count >= 95)
        for name in names { #expect(Self.problem(Self.bytes(name)) == nil, "\(name)") }
    }

    @Test("all that JSONTestSuite says must be refused is", .enabled(if: isWanted))
    func mustRefuse() {
        let names = Self.files("n_")
        #expect(names.count >= 188)
        for name in names { #expect(Self.problem(Self.bytes(name)) != nil, "\(name)") }
    }

    @Test("nothing of JSONTestSuite crashes the reader", .enabled(if: isWanted))
    func mayDoEither() {
        #expect(Self.files("i_").count >= 20)
        for name in Self.files("i_") { _ = Self.problem(Self.bytes(name)) }
    }

    @Test(
        "numbers and escapes that only simdjson refuses are accepted",
        arguments: [
            "[123456789012345678901234567890]", "[-9999999999999999999999]", "[1e400]", "[-1E-9999]", "[1.5e999]",
            #"["\ud800"]"#, #"["\udc00x"]"#, #"["\ud800\ud800"]"#, #"{"a":"\udead"}"#,
        ])
    func extremes(_ text: String) { #expect(Self.problem(Array(text.utf8)) == nil) }

    @Test("a number may be as long as the event")
    func longNumbers() {
        let digits = String(repeating: "7", count: 5_000)
        for number in [
            digits, "-\(digits)", "0.\(digits)", "1.\(digits)", "\(digits).\(digits)", "\(digits)e-5000", "1e\(digits)",
            "0.\(String(repeating: "0", count: 5_000))1", "1\(String(repeating: "0", count: 5_000)).5",
            "18446744073709551615", "18446744073709551616", "-9223372036854775809", "-0.0", "-0", "1E-400", "0e0",
        ] {
            #expect(Self.problem(Array("[\(number)]".utf8)) == nil, "\(number.prefix(30))")
            #expect(Self.problem(Array("{\"a\":\(number),\"b\":[\(number) ]}".utf8)) == nil, "\(number.prefix(30))")
            #expect(Self.problem(Array("[0\(number)]".utf8)) != nil || number.hasPrefix("0."), "\(number.prefix(30))")
            #expect(Self.problem(Array("[\(number).]".utf8)) != nil, "\(number.prefix(30))")
        }
    }

    @Test("half a surrogate pair in a name is refused")
    func surrogateInName() {
        #expect(Self.problem(Array(#"{"\ud800":1}"#.utf8)) == .surrogateInName(offset: 2))
    }

    @Test(
        "depth 100 is accepted, depth 101 is not, the root counted", arguments: ["[", "{\"a\":"],
        ["", "1", "1e400", "true,false"])
    func depth(_ opening: String, _ inmost: String) {
        let isArray = opening == "["
        guard isArray || !inmost.contains(",") else { return }
        func nested(_ depth: Int) -> [UInt8] {
            let last = isArray ? "[\(inmost)]" : inmost.isEmpty ? "{}" : "{\"a\":\(inmost)}"
            let text = String(repeating: opening, count: depth - 1) + last
            return Array((text + String(repeating: isArray ? "]" : "}", count: depth - 1)).utf8)
        }
        for depth in [1, 2, 98, 99, 100] { #expect(Self.problem(nested(depth)) == nil, "depth \(depth)") }
        for depth in [101, 102, 1_000, 100_000] {
            guard case .tooDeep(offset: opening.utf8.count * 100) = Self.problem(nested(depth)) else {
                Issue.record("depth \(depth): \(String(describing: Self.problem(nested(depth))))")
                continue
            }
        }
    }

    @Test("each fault is named with its place")
    func places() {
        #expect(Self.problem([]) == .empty)
        #expect(Self.problem(Array("  \n ".utf8)) == .empty)
        #expect(Self.problem(Array("[1,]".utf8)) == .grammar(offset: 3, reason: "no JSON value begins so"))
        #expect(Self.problem(Array("[01]".utf8)) == .grammar(offset: 2, reason: "a number may not begin with 0"))
        #expect(Self.problem(Array("{\"a\" 1}".utf8)) == .grammar(offset: 5, reason: "a colon is expected"))
        #expect(Self.problem(Array("[\"".utf8) + [0xFF] + Array("\"]".utf8)) == .notUTF8(offset: 2))
        #expect(
            Self.problem(Array("[1] x".utf8)) == .grammar(offset: 4, reason: "something follows the end of the value"))
    }

    // MARK: Events

    static func read(_ text: String, junk: UInt8 = 0) throws(JSONProblem) -> [String: String] {
        let bytes = Array(text.utf8)
        return try JSONReader().read(bytes + [UInt8](repeating: junk, count: JSONReader.padding), 0..<bytes.count) {
            fields in
            var found: [String: String] = [:]
            for name in JSONFields.Name.allCases {
                let value = fields[name]
                if value.kind != .absent {
                    found["\(name)"] = value.string ?? value.bool.map { "\($0)" } ?? value.kind.name
                }
            }
            return found
        }
    }

    @Test("the routing fields are read in one pass, nested ones too")
    func fields() throws {
        let found = try Self.read(
            #"{"eventName":"A\u0062","readOnly":true,"awsRegion":null,"eventTime":7,"x":{"eventName":"no"},"#
                + #""userIdentity":{"arn":"r","accountId":"1"},"tlsDetails":{"clientProvidedHostHeader":"h"},"#
                + #""additionalEventData":{"EndpointType":"global"},"resources":[]}"#)
        #expect(
            found == [
                "eventName": "Ab", "readOnly": "true", "awsRegion": "null", "eventTime": "a number",
                "userIdentity": "an object", "userIdentityARN": "r", "userIdentityAccountId": "1",
                "tlsDetails": "an object",
                "clientProvidedHostHeader": "h", "additionalEventData": "an object", "endpointType": "global",
                "resources": "an array",
            ])
    }

    @Test("what follows the event in the buffer may be anything", arguments: [0, 0x22, 0x7D, 0xFF] as [UInt8])
    func padding(_ junk: UInt8) throws {
        #expect(try Self.read(#"{"eventName":"x"}"#, junk: junk) == ["eventName": "x"])
    }

    @Test(
        "a name twice where anybody reads is refused, also when it is escaped",
        arguments: [
            #"{"eventName":"a","eventName":"b"}"#, #"{"eventN\u0061me":"a","eventName":"b"}"#, #"{"x":1,"x":2}"#,
            #"{"userIdentity":{"arn":"a","arn":"b"}}"#, #"{"userIdentity":{"sessionContext":{"a":1,"\u0061":2}}}"#,
            #"{"resources":[{"type":"a"},{"ARN":"a","ARN":"b"}]}"#, #"{"tlsDetails":{"a":1,"a":2}}"#,
            #"{"additionalEventData":{"a":1,"a":2}}"#,
        ])
    func repeatedNames(_ text: String) {
        #expect(throws: JSONProblem.self) { try Self.read(text) }
    }

    @Test("a name twice where nobody reads is the producer's business")
    func repeatedElsewhere() throws {
        #expect(try Self.read(#"{"requestParameters":{"a":1,"a":2}}"#).isEmpty)
    }

    @Test(
        "bytes that JSON text may not hold are refused where they stand",
        arguments: [
            ([0x00], "control"), ([0x0A], "control"), ([0x1F], "control"), ([0xFF], "UTF-8"), ([0xC0, 0x80], "UTF-8"),
            ([0x80], "UTF-8"), ([0xED, 0xA0, 0x80], "UTF-8"), ([0xF4, 0x90, 0x80, 0x80], "UTF-8"),
            ([0xE2, 0x82], "UTF-8"), ([0xF0, 0x82, 0x82, 0xAC], "UTF-8"),
        ] as [([UInt8], String)])
    func badBytes(_ bytes: [UInt8], _ reason: String) {
        let problem = Self.problem(Array(#"{"a":"x"#.utf8) + bytes + Array(#"y"}"#.utf8))
        switch problem {
        case .grammar(offset: 7, reason: let found): #expect(found.contains(reason))
        case .notUTF8(offset: 7): #expect(reason == "UTF-8")
        default: Issue.record("\(bytes) in a string: \(String(describing: problem))")
        }
        #expect(Self.problem(Array("[1".utf8) + bytes + Array("]".utf8)) != nil || bytes == [0x0A])
    }

    @Test("a byte order mark is refused: between two events it would break the log file")
    func byteOrderMark() {
        #expect(Self.problem([0xEF, 0xBB, 0xBF] + Array("{}".utf8)) != nil)
        #expect(throws: JSONProblem.self) { try Self.read("\u{FEFF}{\"eventName\":\"a\"}") }
    }

    @Test("the slow way, taken for an extreme number, holds the same rules")
    func slowWay() throws {
        #expect(try Self.read(#"{"n":1e400,"eventName":"a\u00e9","x":"\ud800"}"#) == ["eventName": "aé"])
        #expect(throws: JSONProblem.repeatedName("a")) { try Self.read(#"{"n":1e400,"a":1,"\u0061":2}"#) }
        #expect(throws: JSONProblem.self) { try Self.read(#"{"n":1e400,"a":tru}"#) }
        let deep = String(repeating: "[", count: 99)
        #expect(try Self.read("{\"a\":\(deep)1e400\(String(repeating: "]", count: 99))}").isEmpty)
        #expect(throws: JSONProblem.self) {
            try Self.read("{\"a\":[\(deep)1e400\(String(repeating: "]", count: 100))}")
        }
    }

    @Test("an object that readers read may not repeat a name at any depth, the rest of the event may")
    func repeatedDeeper() throws {
        for field in ["userIdentity", "resources", "tlsDetails", "additionalEventData"] {
            #expect(throws: JSONProblem.repeatedName("k")) {
                try Self.read("{\"\(field)\":{\"x\":[{\"y\":{\"k\":1,\"\\u006b\":2}}]}}")
            }
        }
        for field in ["requestParameters", "responseElements", "serviceEventDetails"] {
            #expect(try Self.read("{\"\(field)\":{\"x\":[{\"k\":1,\"k\":2}]}}").isEmpty)
        }
    }

    /// The event of reference 2.10, with an escape, a pair of surrogates and text beyond ASCII.
    static let event = Array(
        (#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/Märy"},"#
            + #""eventTime":"2026-03-01T10:12:44Z","eventSource":"ec2.amazonaws.com","eventName":"StartInstances","#
            + #""requestParameters":{"items":[{"id":"i-0","n":-1.5e3,"ok":true},null,[]],"e":"\ud83d\ude00\n"},"#
            + #""tlsDetails":{"clientProvidedHostHeader":"ec2.us-east-2.amazonaws.com"},"readOnly":false}"#).utf8)

    @Test(
        "an event cut off at any byte is refused, whatever follows it in the buffer",
        arguments: [0x00, 0x20, 0x22, 0x30, 0x5D, 0x7D, 0xFF] as [UInt8])
    func truncation(_ junk: UInt8) throws {
        let reader = JSONReader()
        let padding = [UInt8](repeating: junk, count: JSONReader.padding)
        for count in 0..<Self.event.count {
            let buffer = Array(Self.event[..<count]) + padding
            #expect(throws: JSONProblem.self) { try reader.read(buffer, 0..<count) { _ in } }
        }
        #expect(try reader.read(Self.event + padding, 0..<Self.event.count) { $0.memberCount } == 8)
    }

    @Test("an event with any byte changed is read the same way whatever follows it, and never crashes the reader")
    func mutation() {
        let reader = JSONReader()
        func outcome(_ event: [UInt8], _ junk: UInt8) -> Result<String, JSONProblem> {
            let buffer = event + [UInt8](repeating: junk, count: JSONReader.padding)
            return Result { () throws(JSONProblem) in
                try reader.read(buffer, 0..<event.count) { fields in
                    JSONFields.Name.allCases.map { fields[$0].string ?? fields[$0].kind.name }.joined(separator: "|")
                }
            }
        }
        var event = Self.event
        var accepted = 0
        for place in event.indices {
            for change in [0x01, 0x20, 0x7F, 0x80] as [UInt8] {
                event[place] ^= change
                let first = outcome(event, 0x7D)
                #expect(first == outcome(event, 0x22))
                if case .success = first { accepted += 1 }
                event[place] ^= change
            }
        }
        #expect(accepted > 100 && accepted < event.count * 3)
    }

    @Test("ten thousand names in one object take no quadratic time", .timeLimit(.minutes(1)))
    func manyNames() throws {
        let text = "{" + (0..<10_000).map { "\"n\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try Self.read(text).isEmpty)
        #expect(throws: JSONProblem.repeatedName("n9")) { try Self.read(text.dropLast() + ",\"n9\":1}") }
    }

    @Test("elements of an array or of Records are found without being read")
    func elements() throws {
        func found(_ text: String) throws(JSONProblem) -> [String]? {
            let bytes = Array(text.utf8)
            guard var elements = JSONElements(bytes, count: bytes.count) else { return nil }
            var result: [String] = []
            while let range = try elements.next(bytes) { result.append(String(decoding: bytes[range], as: UTF8.self)) }
            return result
        }
        #expect(try found(#" [ {"a":"],}"} , [1,2],"x" ] "#) == [#"{"a":"],}"} "#, "[1,2]", #""x" "#])
        #expect(try found(#"{ "Records" : [{},{}] } "#) == ["{}", "{}"])
        #expect(try found("[]") == [])
        #expect(try found("{\"a\":1}") == nil)
        for bad in ["[{}", "[{},]", "[,]", "[{}]x", #"{"Records":[],"x":1}"#, #"["\"]"#] {
            #expect(throws: JSONProblem.self) { try found(bad) }
        }
    }
}
