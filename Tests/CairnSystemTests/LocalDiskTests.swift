import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("The machine's own disk")
struct LocalDiskTests {
    let scratch: Scratch
    let disk = LocalDisk()

    init() throws { scratch = try Scratch() }

    @Test("keeps the promises of a disk", arguments: DiskSpec.rules)
    func spec(_ rule: DiskSpec.Rule) async throws { try await rule.check((disk, scratch.path)) }

    @Test("files are for nobody else to read, and directories neither")
    func modes() async throws {
        try await disk.put([1], at: "\(scratch.path)/a/b/put")
        await disk.close(try await disk.createFile("\(scratch.path)/a/created", byteCount: 1))
        _ = try await disk.lock("\(scratch.path)/c/lock")
        try await disk.makeDirectory("\(scratch.path)/d")
        for name in ["a/b/put", "a/created", "c/lock"] { #expect(scratch.mode(name) == 0o600, "\(name)") }
        for name in ["a", "a/b", "c", "d"] { #expect(scratch.mode(name) == 0o700, "\(name)") }
    }

    @Test(
        "links are not followed by reading, opening or locking, and give way to no put",
        arguments: ["link", "dangling"])
    func links(_ link: String) async throws {
        let path = "\(scratch.path)/\(link)"
        try await disk.put([1], at: "\(scratch.path)/target")
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: link == "link" ? "target" : "nothing")
        let calls: [() async throws -> Void] = [
            { _ = try await disk.readFile(path, limit: 9) }, { _ = try await disk.openFile(path, writable: true) },
            { _ = try await disk.lock(path) },
        ]
        for call in calls {
            await #expect {
                try await call()
            } throws: {
                if case .denied = $0 as? DiskError { true } else { false }
            }
        }
        await #expect(throws: DiskError.exists(path: path)) { try await disk.put([2], at: path) }
        #expect(try await disk.list(scratch.path) == [link, "target"].sorted())
    }

    @Test("a link to a directory is no directory")
    func linkedDirectory() async throws {
        try await disk.makeDirectory("\(scratch.path)/folder")
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/link", withDestinationPath: "\(scratch.path)/folder")
        #expect(try await disk.isDirectory("\(scratch.path)/folder"))
        #expect(try await !disk.isDirectory("\(scratch.path)/link"))
    }

    @Test("a pipe at the name of a file is no file, and no reader waits for it")
    func pipe() async throws {
        #expect(mkfifo("\(scratch.path)/pipe", 0o600) == 0)
        await #expect {
            _ = try await disk.readFile("\(scratch.path)/pipe", limit: 9)
        } throws: {
            if case .denied = $0 as? DiskError { true } else { false }
        }
        await #expect(throws: DiskError.exists(path: "\(scratch.path)/pipe")) {
            try await disk.put([1], at: "\(scratch.path)/pipe")
        }
    }

    @Test("a name that is too long is an error with the path")
    func longNames() async throws {
        let path = "\(scratch.path)/\(String(repeating: "n", count: 256))"
        await #expect(throws: DiskError.failed(path: path, operation: "name", errno: ENAMETOOLONG)) {
            try await disk.put([1], at: path)
        }
    }

    @Test("many calls at once all come to their end")
    func manyAtOnce() async throws {
        let (disk, path) = (disk, scratch.path)
        let failures = await withTaskGroup(of: Bool.self) { group in
            for i in 0..<200 {
                group.addTask { (try? await disk.put([UInt8(i)], at: "\(path)/\(i % 10)/\(i)")) == nil }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(failures == 0)
        for i in 0..<10 { #expect(try await disk.list("\(path)/\(i)").count == 20) }
    }
}
