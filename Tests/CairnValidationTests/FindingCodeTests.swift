import CairnValidation
import Foundation
import Testing

@Suite("Codes of findings")
struct FindingCodeTests {
    @Test("each stands in docs/VALIDATION.md with its class, and no other does")
    func documented() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/VALIDATION.md"), encoding: .utf8)
        let rows = text.split(separator: "\n").filter {
            $0.hasPrefix("| `") && $0.contains(".") && $0.split(separator: "|").count > 5
        }
        let documented = rows.map { row in
            let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return "\(cells[0].trimmingCharacters(in: ["`"])) \(cells[1])"
        }
        #expect(documented == FindingCode.allCases.map { "\($0.rawValue) \($0.kind.rawValue)" })
    }
}
