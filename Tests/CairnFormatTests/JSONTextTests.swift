import CairnFormat
import Foundation
import Testing

@Suite("Text is written as JSON")
struct JSONTextTests {
    static let texts = ["", "plain", #"a "b" \c"#, "tab\t line\n return\r \u{1} \u{1F} \u{7F} é € 😀", "\u{0}", #"\\""#]

    @Test("so that it reads as it was, whether it is text or bytes", arguments: texts)
    func quoted(text: String) throws {
        var bytes: [UInt8] = []
        JSONText.appendQuoted(Array(text.utf8), to: &bytes)
        for json in [Array(JSONText.quoted(text).utf8), bytes] {
            #expect(try JSONDecoder().decode([String].self, from: Data("[".utf8 + json + "]".utf8)) == [text])
        }
    }
}
