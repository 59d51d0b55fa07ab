import CairnNative
import FoundationEssentials
import Testing

@Suite("JSON is what RFC 8259 says, and nothing else")
struct JSONReaderTests {
    static let suite = ProcessInfo.processInfo.environment["CAIRN_JSON_TEST_SUITE"]

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
    @Test("all that JSONTestSuite says must be accepted is", .enabled(if: suite != nil))
    func mustAccept() {
        // JSON is UTF-8 since RFC 8259; newer states of the suite count these among those that may be refused.
        let names = Self.files("y_").filter { !$0.hasPrefix("y_string_utf16") && !$0.hasPrefix("y_string_utf32") }
        #expect(names.count >= 95)
        for name in names { #expect(Self.problem(Self.bytes(name)) == nil, "\(name)") }
    }

    @Test("all that JSONTestSuite says must be refused is", .enabled(if: suite != nil))
    func mustRefuse() {
        let names = Self.files("n_")
        #expect(names.count >= 188)
        for name in names { #expect(Self.problem(Self.bytes(name)) != nil, "\(name)") }
    }

    @Test("nothing of JSONTestSuite crashes the reader", .enabled(if: suite != nil))
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

    @Test("half a surrogate pair in a name is refused")
    func surrogateInName() {
        #expect(Self.problem(Array(#"{"\ud800":1}"#.utf8)) == .surrogateInName(offset: 2))
    }

    @Test("depth 100 is accepted, depth 101 is not, the root counted", arguments: ["[", "{\"a\":"])
    func depth(_ opening: String) {
        let closing = opening == "[" ? "]" : "}"
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: opening, count: depth - 1) + (opening == "[" ? "[]" : "{}")).utf8)
                + Array(String(repeating: closing, count: depth - 1).utf8)
        }
        #expect(Self.problem(nested(100)) == nil)
        guard case .tooDeep = Self.problem(nested(101)) else {
            Issue.record("depth 101 is accepted")
            return
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

    @Test("an event cut off at any byte is refused, never a crash")
    func truncation() {
        let whole = Array(#"{"eventName":"Gétx","a":[1,{"b":null}],"c":"\ud83d\ude00","d":-1.5e3}"#.utf8)
        for count in 0..<whole.count {
            #expect(throws: JSONProblem.self) {
                try JSONReader().read(whole + [UInt8](repeating: 0x5D, count: 64), 0..<count) { _ in }
            }
        }
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
