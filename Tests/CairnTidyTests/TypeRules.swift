/// One idea a file: one type at the top level, and the file has its name.
enum TypeRules {
    static func oneTypeAFile(_ files: [SourceFile]) -> [String] {
        files.filter { $0.isSwift && $0.isShipped && $0.target != nil }.compactMap { file in
            let (types, extended) = topLevel(file.code)
            let stem = file.parts.last.map { $0.dropLast(".swift".count) } ?? ""
            switch types.count {
            case 0:
                let name = stem.split(separator: "+").first.map(String.init) ?? ""
                return stem.contains("+") && extended.contains(name)
                    ? nil
                    : "\(file.path): a file without a type of its own is called Type+topic.swift for what it extends"
            case 1:
                return types[0] == stem ? nil : "\(file.path): the file of \(types[0]) has its name"
            default:
                return "\(file.path): one type a file, found \(types.joined(separator: ", "))"
            }
        }
    }

    /// The types declared at the top level, private ones aside, and the types extended there.
    static func topLevel(_ code: String) -> (types: [String], extended: Set<String>) {
        let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]
        var types: [String] = []
        var extended: Set<String> = []
        var depth = 0
        var statement: [String] = []
        var word = ""
        func endWord() {
            guard !word.isEmpty else { return }
            defer { word = "" }
            guard depth == 0 else { return }
            if let last = statement.last {
                // 'class' and 'actor' may be modifiers or parts of names; a declaration's name begins upper-case.
                let isPrivate = statement.contains("private") || statement.contains("fileprivate")
                if kinds.contains(last), word.first?.isUppercase == true, !isPrivate { types.append(word) }
                if last == "extension" { extended.insert(word) }
            }
            statement.append(word)
        }
        for c in code {
            if c.isLetter || c.isNumber || c == "_" {
                word.append(c)
                continue
            }
            endWord()
            switch c {
            case "{", "(", "[": depth += 1
            case "}", ")", "]":
                depth -= 1
                if c == "}", depth == 0 { statement = [] }
            default: break
            }
        }
        endWord()
        return (types, extended)
    }
}
