/// One file of the checkout: its path from the checkout's top, its text, and its code without comments and strings.
struct SourceFile {
    let path: String
    let text: String
    /// The same lines with blanks in the place of comments and of what strings say; code in interpolations stays.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        code = path.hasSuffix(".swift") ? SwiftCode.only(text) : text
    }

    var isSwift: Bool { path.hasSuffix(".swift") }
    /// The parts of the path.
    var parts: [String] { path.split(separator: "/").map(String.init) }
    /// The file's name without `.swift`.
    var stem: String { String((parts.last ?? "").split(separator: ".").first ?? "") }

    /// The target that the file belongs to by its place; nil for files outside targets.
    var target: String? {
        let parts = parts
        guard let first = parts.first else { return nil }
        switch first {
        case "Sources", "Tools", "Tests": return parts.count > 2 ? parts[1] : nil
        case "Keys": return "CairnKeys"
        default: return nil
        }
    }

    /// The modules that the code imports, with their lines.
    var imports: [(line: Int, module: String)] {
        guard isSwift else { return [] }
        let before: Set = ["public", "package", "internal", "private", "fileprivate"]
        let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias", "actor"]
        var found: [(line: Int, module: String)] = []
        for (i, line) in code.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains("import") else { continue }
            // Statements may share a line: 'import A; import B'.
            for statement in line.split(separator: ";") {
                let words = statement.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
                guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                    words[..<at].allSatisfy({ before.contains($0) || $0.hasPrefix("@") })
                else { continue }
                let name = kinds.contains(words[at + 1]) && at + 2 < words.count ? words[at + 2] : words[at + 1]
                found.append((i + 1, String(name.split(separator: ".").first ?? "")))
            }
        }
        return found
    }
}
