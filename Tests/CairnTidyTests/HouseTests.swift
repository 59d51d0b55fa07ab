import Testing

@Suite("The house is as it is drawn")
struct HouseTests {
    static let files = Checkout.files()
    static let manifest = Result { try Manifest.read(Checkout.top) }

    @Test("the checkout is found")
    func found() throws {
        #expect(Self.files.count { $0.isSwift } > 100)
        #expect(Self.files.contains { $0.path == "Package.swift" })
        #expect(try Self.manifest.get().targets["CairnNative"]?.needs.contains("COpenSSL") == true)
    }

    @Test("targets need what is below them, as the drawing allows")
    func manifest() throws {
        let manifest = try Self.manifest.get()
        #expect(ArrowRules.manifest(manifest, .cairn) == [])
    }

    @Test("files import what the drawing and Package.swift allow; C and each library have one home")
    func imports() throws {
        let manifest = try Self.manifest.get()
        #expect(ArrowRules.imports(Self.files, manifest, .cairn) == [])
    }

    @Test("pointers live in CairnNative")
    func pointers() { #expect(WordRules.pointers(Self.files) == []) }

    @Test("key bytes leave the arena in a few known places, for what is no secret of them")
    func secrets() { #expect(WordRules.secrets(Self.files) == []) }

    @Test("below CairnServer one thread and one seed replay everything")
    func concurrency() { #expect(WordRules.concurrency(Self.files, .cairn) == []) }

    @Test("a file holds one type and has its name")
    func types() { #expect(TypeRules.oneTypeAFile(Self.files) == []) }

    @Test("nothing is left unfinished, nothing stops a node that could answer")
    func unfinished() { #expect(WordRules.unfinished(Self.files) == []) }

    @Test("files are named for what they do")
    func names() { #expect(WordRules.names(Self.files) == []) }

    @Test("no file knows the machine it was written on")
    func machines() { #expect(WordRules.machines(Self.files) == []) }
}
