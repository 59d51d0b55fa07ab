import CairnFuzz
import Foundation
import Testing

/// Every input that was ever worth keeping, and every one that once broke a promise, in each run of the tests.
@Suite("What fuzzing has kept breaks no promise")
struct CorpusTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Corpora")

    @Test("the corpus of each target", arguments: FuzzTarget.all.map(\.name))
    func corpus(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: name), includingPropertiesForKeys: nil)
        #expect(!files.isEmpty, "no corpus for \(name)")
        for file in files.sorted(by: { $0.path < $1.path }) {
            do throws(Broken) { try target.run(Array(try! Data(contentsOf: file))) } catch {
                Issue.record("\(file.path): \(error)")
            }
        }
    }

    @Test("each corpus has a target")
    func folders() throws {
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        #expect(Set(folders.filter { !$0.hasSuffix(".md") }) == Set(FuzzTarget.all.map(\.name)))
    }
}
