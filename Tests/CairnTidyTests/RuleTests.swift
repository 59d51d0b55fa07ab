import Testing

/// Each rule finds what it is there to find, and lets the rest pass.
@Suite("A rule that cannot fail is no rule")
struct RuleTests {
    static let drawing = Drawing(
        rooms: [
            "CX": .init(level: -1, ours: [], outside: []),
            "CairnNative": .init(level: 0, ours: ["CX"], outside: ["Glibc"]),
            "CairnFormat": .init(level: 1, ours: ["CairnNative"], outside: []),
            "CairnTrails": .init(level: 1, ours: ["CairnNative"], outside: ["GRDB"]),
            "CairnServer": .init(level: 6, ours: ["CairnFormat", "CairnNative", "CairnTrails"], outside: ["Logging"]),
        ],
        unreachable: ["CairnServer": ["GRDB"]])

    static let manifest = Manifest(targets: [
        "CairnNative": .init(needs: ["CX"]), "CairnFormat": .init(needs: ["CairnNative"]),
        "CairnTrails": .init(needs: ["CairnNative"]),
        "CairnFormatTests": .init(isTest: true, needs: ["CairnFormat"]),
        "CairnTrailsTests": .init(isTest: true, needs: ["CairnTrails", "GRDB"]),
    ])

    static func file(_ text: String, _ path: String = "Sources/CairnFormat/Names/Name.swift") -> SourceFile {
        SourceFile(path: path, text: text)
    }

    // MARK: Arrows

    @Test("a manifest as drawn has no finding")
    func drawn() { #expect(ArrowRules.manifest(Self.manifest, Self.drawing) == []) }

    @Test(
        "an arrow up, sideways, to a stranger or from one is found",
        arguments: [
            ("CairnNative", "CairnFormat"), ("CairnFormat", "CairnTrails"), ("CairnFormat", "GRDB"),
            ("CairnFormat", "CX"), ("CairnLoft", "CairnNative"),
        ])
    func arrows(_ name: String, _ need: String) {
        var manifest = Self.manifest
        manifest.targets[name, default: .init(needs: [])].needs.insert(need)
        #expect(ArrowRules.manifest(manifest, Self.drawing).count == 1)
    }

    @Test("what must not be reached is found at the end of a long way")
    func unreachable() {
        var manifest = Self.manifest
        manifest.targets["CairnTrails"]?.needs.insert("GRDB")
        manifest.targets["CairnServer"] = .init(needs: ["CairnTrails"])
        #expect(ArrowRules.manifest(manifest, Self.drawing) == ["Package.swift: CairnServer must not reach GRDB"])
    }

    @Test(
        "imports that are allowed and listed pass",
        arguments: [
            ("import CairnNative", "Sources/CairnFormat/A.swift"),
            ("package import CairnNative", "Sources/CairnTrails/A.swift"),
            ("import Synchronization\nimport FoundationEssentials", "Sources/CairnFormat/A.swift"),
            ("import Glibc", "Sources/CairnNative/A.swift"), ("import CX", "Sources/CairnNative/A.swift"),
            ("import CairnFormat\nimport Testing", "Tests/CairnFormatTests/A.swift"),
            ("import GRDB", "Tests/CairnTrailsTests/A.swift"), ("// import GRDB", "Sources/CairnFormat/A.swift"),
            ("let a = \"\"\"\nimport GRDB\n\"\"\"", "Sources/CairnFormat/A.swift"),
            ("import PackageDescription", "Package.swift"), ("import x", "Tools/quickstart"),
        ])
    func importsPass(_ text: String, _ path: String) {
        #expect(ArrowRules.imports([Self.file(text, path)], Self.manifest, Self.drawing) == [])
    }

    @Test(
        "imports that point elsewhere are found",
        arguments: [
            ("import CairnTrails", "Sources/CairnFormat/A.swift"), ("public import CX", "Sources/CairnFormat/A.swift"),
            ("@preconcurrency import GRDB", "Sources/CairnFormat/A.swift"),
            ("import GRDB", "Sources/CairnTrails/A.swift"),  // allowed by the drawing, not listed in the manifest
            ("import Foundation", "Sources/CairnFormat/A.swift"), ("import Glibc", "Sources/CairnFormat/A.swift"),
            ("import struct GRDB.Row", "Sources/CairnFormat/A.swift"),
            ("import Testing; import GRDB", "Sources/CairnFormat/A.swift"),
            ("#if X\n  import GRDB\n#endif", "Sources/CairnFormat/A.swift"),
            ("import CairnNative", "Tests/CairnFormatTests/A.swift"), ("import GRDB", "Tests/CairnFormatTests/A.swift"),
            ("import CX", "Tests/CairnFormatTests/A.swift"), ("", "Sources/CairnAttic/A.swift"),
        ])
    func importsFound(_ text: String, _ path: String) {
        #expect(!ArrowRules.imports([Self.file(text, path)], Self.manifest, Self.drawing).isEmpty)
    }

    // MARK: Words

    @Test("comments and strings are no code, interpolations are")
    func code() {
        #expect(SwiftCode.only("a // b\nc") == "a     \nc")
        #expect(SwiftCode.only("a /* b /* c */ d */ e") == "a                   e")
        #expect(SwiftCode.only(#"f("a\(g("b", (h)))c") + i"#) == "f(    g(   , (h))   ) + i")
        #expect(SwiftCode.only(##"x(#"a"\(b)"#, c)"##) == "x(          , c)")
        #expect(SwiftCode.only("x(\"\"\"\n a \"b\" \\(d)\n \"\"\", e)") == "x(   \n         d \n    , e)")
    }

    @Test("a pointer outside its room is found")
    func pointers() {
        let text = "func f(_ p: UnsafeMutableRawBufferPointer) {}"
        #expect(WordRules.pointers([Self.file(text)]).count == 1)
        #expect(WordRules.pointers([Self.file(text, "Tests/CairnFormatTests/A.swift")]).count == 1)
        #expect(WordRules.pointers([Self.file(text, "Sources/CairnNative/A.swift")]) == [])
        #expect(WordRules.pointers([Self.file("// \(text)\nlet a = \"UnsafePointer\"")]) == [])
    }

    @Test("key bytes that leave the arena are found")
    func secrets() {
        let text = "let a = key.secret.withKeyBytes { bytes in Array(bytes) }"
        #expect(WordRules.secrets([Self.file(text, "Keys/Keyring/Keyring.swift")]).count == 1)
        #expect(WordRules.secrets([Self.file(text, "Tools/cairn/Keys.swift")]).count == 1)
        #expect(WordRules.secrets([Self.file(text, "Sources/CairnNative/Secrets/Secret.swift")]) == [])
        #expect(WordRules.secrets([Self.file(text, "Keys/Sealing/SealingKey.swift")]) == [])
        #expect(WordRules.secrets([Self.file("// \(text)", "Keys/Keyring/Keyring.swift")]) == [])
    }

    @Test(
        "what one seed cannot replay is found below the server",
        arguments: [
            "Task { x() }", "_ = Task{}", "Task.detached { }", "Task(priority: .low) { }",
            "Task<Void, Never>.detached {}",
            "try await Task.sleep(for: x)", "@MainActor func f() {}", "import Dispatch", "let t = Date()", "Date.now",
            "let i = UUID()", "\"\\(UUID())\"",
        ])
    func concurrency(_ text: String) {
        #expect(WordRules.concurrency([Self.file(text)], Self.drawing).count == 1)
        #expect(WordRules.concurrency([Self.file(text, "Sources/CairnServer/A.swift")], Self.drawing) == [])
    }

    @Test(
        "what only looks like it passes",
        arguments: [
            "// Task { }", "group.addTask { x() }", "\"Date()\"", "EventDate()", "try Task.checkCancellation()",
            "withTaskGroup(of: X.self) { }", "a.Date()", "struct MyTask { }",
        ])
    func calm(_ text: String) { #expect(WordRules.concurrency([Self.file(text)], Self.drawing) == []) }

    @Test("one file may sleep, and may do nothing else")
    func sleep() {
        var drawing = Self.drawing
        drawing.rooms["CairnSystem"] = .init(level: 0, ours: [], outside: [])
        let path = "Sources/CairnSystem/SystemTime.swift"
        #expect(WordRules.concurrency([Self.file("Task.sleep(x)", path)], drawing) == [])
        #expect(WordRules.concurrency([Self.file("Task { }", path)], drawing).count == 1)
    }

    @Test(
        "what is unfinished or gives up is found",
        arguments: [
            "// T" + "ODO: later", "/* FIX" + "ME */", "fatalError(\"x\")", "try! f()", "a as! B", "// HA" + "CK",
        ])
    func unfinished(_ text: String) {
        #expect(WordRules.unfinished([Self.file(text)]).count == 1)
        #expect(WordRules.unfinished([Self.file(text, "Tests/CairnFormatTests/A.swift")]) == [])
    }

    @Test(
        "what only looks unfinished passes",
        arguments: [
            "try? f()", "a as? B", "// fatalError(", "try !f()", "mktemp(XXXXXX)", "preconditionFailure(\"a\")",
            "a as B",
        ])
    func finished(_ text: String) { #expect(WordRules.unfinished([Self.file(text)]) == []) }

    @Test(
        "names that say nothing are found",
        arguments: [
            "Sources/CairnFormat/Utils/A.swift", "Sources/CairnFormat/KeyManager.swift", "Tests/X/TestHelpers.swift",
            "Tools/common", "Keys/Misc.swift",
        ])
    func names(_ path: String) { #expect(WordRules.names([Self.file("", path)]).count == 1) }

    @Test(
        "names that say something pass",
        arguments: [
            "Sources/CairnFormat/Names/Name.swift", "Sources/CairnTrails/MiscountedLane.swift", "docs/Common.md",
        ])
    func goodNames(_ path: String) { #expect(WordRules.names([Self.file("", path)]) == []) }

    @Test("paths of one machine are found anywhere", arguments: ["work", "root", "home"])
    func machines(_ folder: String) {
        #expect(WordRules.machines([Self.file("see /\(folder)/x", "README.md")]).count == 1)
        #expect(WordRules.machines([Self.file("/\(folder)/x", "Tools/test")]).count == 1)
        #expect(WordRules.machines([Self.file("a/\(folder)/x ~/\(folder)/x $TOP/\(folder)/x", "README.md")]) == [])
    }

    // MARK: Types

    @Test(
        "one type, its name, its extensions, and private company pass",
        arguments: [
            ("struct A { enum B {} }", "A"),
            ("@main\npackage final class A<T>: B where T: C { class func d() {} }", "A"),
            ("enum A {}\nextension A: B {}\nprivate struct C {}", "A"), ("extension A { struct B {} }", "A+b"),
            ("extension A.B {}", "A+b"), ("fileprivate enum C {}\npackage indirect enum A {}", "A"),
            ("let x = 1\nactor A { func f() { struct X {} } }", "A"), ("// struct B {}\nprotocol A: AnyObject {}", "A"),
            ("@available(*, deprecated) struct A {}", "A"),
        ])
    func oneType(_ text: String, _ name: String) {
        #expect(TypeRules.oneTypeAFile([Self.file(text, "Sources/CairnFormat/\(name).swift")]) == [])
    }

    @Test(
        "two types, another name, or none are found",
        arguments: [
            ("struct A {}\nstruct B {}", "A"), ("struct B {}", "A"), ("extension A {}", "A"), ("extension B {}", "A+b"),
            ("func f() {}", "f"), ("private struct A {}", "A"), ("private struct C {}\nenum A {}\nactor B {}", "A"),
        ])
    func manyTypes(_ text: String, _ name: String) {
        #expect(TypeRules.oneTypeAFile([Self.file(text, "Sources/CairnFormat/\(name).swift")]).count == 1)
    }
}
