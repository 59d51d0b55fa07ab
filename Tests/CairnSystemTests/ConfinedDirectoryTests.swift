import CairnSystem
import Foundation
import Testing

@Suite("A directory of unknown origin is read without leaving it")
struct ConfinedDirectoryTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: "\(scratch.path)/a/b", withIntermediateDirectories: true)
        try Data("inside".utf8).write(to: URL(filePath: "\(scratch.path)/a/b/file"))
        try FileManager.default.createSymbolicLink(atPath: "\(scratch.path)/a/link", withDestinationPath: "/etc")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/a/b/linked", withDestinationPath: "\(scratch.path)/a/b/file")
        try #require(mkfifo("\(scratch.path)/a/b/pipe", 0o600) == 0)
    }

    @Test("every list of a directory is whole, the root's too")
    func lists() throws {
        let directory = try ConfinedDirectory(scratch.path)
        for _ in 0..<3 {
            #expect(try directory.list("").map(\.name) == ["a"])
            #expect(try directory.list("a/b").map(\.name) == ["file", "linked", "pipe"])
        }
        #expect(
            try directory.list("a").map(\.kind) == [.directory, .irregular("a symbolic link")])
    }

    @Test("a file is read; links, pipes, folders and whatever lies above are not")
    func files() throws {
        let directory = try ConfinedDirectory(scratch.path)
        let file = try directory.open("a/b/file")
        #expect(try file.read(at: 0, count: file.byteCount) == Array("inside".utf8))
        for irregular in ["a/b/linked", "a/b/pipe", "a/b", "a/link/passwd"] {
            #expect(throws: ConfinedDirectory.Problem.self, "\(irregular)") { _ = try directory.open(irregular) }
        }
        for outside in ["../x", "a/../../etc/passwd", "./a/b/file", "nothing"] {
            #expect(throws: ConfinedDirectory.Problem.notFound, "\(outside)") { _ = try directory.open(outside) }
        }
    }
}
