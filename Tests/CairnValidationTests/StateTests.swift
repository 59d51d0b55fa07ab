import CairnFormat
import CairnNative
import CairnValidation
import Testing

@Suite("What a run remembers")
struct StateTests {
    @Test("comes back as it was written; anything else is refused, a name twice among it")
    func roundTrip() throws {
        let text =
            #"{"format":1,"lanes":[{"account":"1","region":"r","trail":"t","home":"h","object":"s3://b/k","end":"2026-03-01T10:00:00Z","sha256":"\#(SHA256.hash([]).hex)"}]}"#
        let state = try ValidationState(Array(text.utf8))
        #expect(state.heads.count == 1)
        #expect(try ValidationState(state.json) == state)
        for bad in [
            "", "{}", #"{"format":2,"lanes":[]}"#, #"{"format":1,"lanes":[{}]}"#,
            text.replacing("\"format\":1", with: "\"format\":1,\"format\":1"),
        ] {
            #expect(throws: ValidationState.Unreadable.self) { try ValidationState(Array(bad.utf8)) }
        }
    }
}
