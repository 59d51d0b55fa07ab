/// Words that stand in one place only, or nowhere.
enum WordRules {
    /// Pointers have one room.
    static func pointers(_ files: [SourceFile]) -> [String] {
        files.filter { $0.isSwift && $0.target != nil && $0.target != "CairnNative" }.flatMap { file in
            lines(file, file.code) { line in
                words(line).first { $0.hasPrefix("Unsafe") && $0.hasSuffix("Pointer") }.map {
                    "\($0): pointers live in CairnNative"
                }
            }
        }
    }

    /// Who may look at key bytes outside CairnNative: to show a commitment, an id, a signature, or what of a KMS's answer is
    /// no secret. Everybody else hands `Secret` and `KeyMaterial` on: never a String, a Data or an array.
    static let secretReaders: Set = [
        "Keys/Sealing/SealingKey.swift", "Keys/Root/RootKeys.swift",
        "Sources/CairnFormat/Encryption/EncryptedHeader.swift",
        "Sources/CairnFormat/SigV4/SigV4Scope.swift", "Sources/CairnRemote/KMS/KMSAnswer.swift",
    ]

    static func secrets(_ files: [SourceFile]) -> [String] {
        files.filter { file in
            file.isSwift && file.isShipped && file.target != "CairnNative" && file.target != "CairnTestKit"
                && !secretReaders.contains(file.path)
        }.flatMap { file in
            lines(file, file.code) { line in
                words(line).contains("withKeyBytes") ? "withKeyBytes: key bytes stay in the arena" : nil
            }
        }
    }

    /// What would keep one thread and one seed from replaying a node; see the design, section 2.
    static func concurrency(_ files: [SourceFile], _ drawing: Drawing) -> [String] {
        let server = drawing.rooms["CairnServer"]?.level ?? .max
        return files.filter { file in
            guard file.isSwift, file.path.hasPrefix("Sources/") || file.path.hasPrefix("Keys/"),
                let room = file.target.flatMap({ drawing.rooms[$0] })
            else { return false }
            return room.level < server
        }.flatMap { file in
            lines(file, file.code) { line in
                let words = words(line)
                if words.contains("MainActor") { return "@MainActor: below CairnServer no actor is global" }
                if words.contains("Dispatch") || words.contains("DispatchQueue") {
                    return "Dispatch, below CairnServer"
                }
                for call in ["Date()", "Date.now", "UUID()"] where has(line, call) {
                    return "\(call): time and chance come through TimeSource and RandomSource"
                }
                for start in ["Task{", "Task(", "Task<", "Task.init", "Task.detached", "Task.immediate"]
                where has(line, start) {
                    return "\(start): below CairnServer child tasks live in a group"
                }
                if has(line, "Task.sleep"), file.path != "Sources/CairnSystem/SystemTime.swift" {
                    return "Task.sleep: wait through TimeSource"
                }
                return nil
            }
        }
    }

    /// What must not stand in anything we ship.
    static func unfinished(_ files: [SourceFile]) -> [String] {
        let marks: Set = ["TODO", "FIXME", "XXX", "HACK"]
        return files.filter { $0.isShipped }.flatMap { file in
            lines(file, file.text) { line in words(line).first { marks.contains(String($0)) }.map { "\($0) is left" } }
                + (file.isSwift
                    ? lines(file, file.code) { line in
                        ["fatalError(", "try!", "as!"].first { has(line, $0) }.map {
                            "\($0) stops a node that could answer"
                        }
                    } : [])
        }
    }

    /// Names that say nothing.
    static func names(_ files: [SourceFile]) -> [String] {
        let empty = ["utils", "util", "helper", "manager", "common", "misc"]
        return files.filter { ["Sources", "Keys", "Tools", "Tests"].contains($0.parts.first ?? "") }.flatMap { file in
            file.parts.compactMap { part in
                let words = camelWords(part)
                return empty.first { words.contains($0) || words.contains($0 + "s") }
                    .map { "\(file.path): '\($0)' says nothing: name the job" }
            }
        }
    }

    /// Paths that exist on one machine.
    static func machines(_ files: [SourceFile]) -> [String] {
        let folders = ["work", "root", "home"].map { "/\($0)/" }
        return files.flatMap { file in
            lines(file, file.text) { line in
                folders.first { folder in
                    line.ranges(of: folder).contains { range in
                        // In 'a/home/b' and '$X/home/b' it is a folder of something else.
                        line[..<range.lowerBound].last.map { !$0.isLetter && !$0.isNumber && !"_.-~}/*)".contains($0) }
                            ?? true
                    }
                }.map { "\($0)… is a path of one machine" }
            }
        }
    }

    // MARK: Lines and words

    private static func lines(_ file: SourceFile, _ text: String, _ rule: (Substring) -> String?) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { i, line in
            rule(line).map { "\(file.path):\(i + 1): \($0)" }
        }
    }

    private static func words(_ line: Substring) -> [Substring] {
        line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
    }

    /// Whether `text` stands in `line` where a word begins; blanks before a bracket don't count.
    private static func has(_ line: Substring, _ text: String) -> Bool {
        guard line.contains(text.prefix(3)) else { return false }
        var plain = ""
        for c in line {
            if c == "(" || c == "{" { while plain.last == " " { plain.removeLast() } }
            plain.append(c)
        }
        return plain.ranges(of: text).contains { range in
            plain[..<range.lowerBound].last.map { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." } ?? true
        }
    }

    private static func camelWords(_ name: String) -> [String] {
        var words: [String] = []
        for c in name {
            if !c.isLetter {
                words.append("")
            } else if c.isUppercase || words.isEmpty {
                words.append(c.lowercased())
            } else {
                words[words.count - 1].append(c)
            }
        }
        return words
    }
}

extension SourceFile {
    /// Whether the file is part of what we ship or run, tests aside.
    var isShipped: Bool { ["Sources", "Keys", "Tools"].contains(parts.first ?? "") }
}
