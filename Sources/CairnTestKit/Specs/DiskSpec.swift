package import CairnSystem

/// What every ``Disk`` promises while power stays on. The subject of a rule is a disk and a directory for the rule.
package enum DiskSpec {
    package typealias Rule = SpecRule<(disk: any Disk, folder: String)>

    package static let rules: [Rule] = [
        Rule("a new file has its zeros; there is none before it, and not a second", createFile),
        Rule("what is written is read, wherever it is, and the file grows", readAndWrite),
        Rule("a cut file ends there, and may grow again with zeros", truncate),
        Rule("a put is whole, makes its directories, and never overwrites", put),
        Rule("of many puts at one path exactly one wins", race),
        Rule("a whole read has a limit and takes files only", readFile),
        Rule("a rename replaces, makes directories, and leaves nothing behind", rename),
        Rule("a removed file is gone, yet readable where it is open", remove),
        Rule("a file has its name until that is removed, given to another, or both", isNamed),
        Rule("directories are made with those above, and told from files", directories),
        Rule("a file in the way of a directory is 'denied'", inTheWay),
        Rule("a lock has one holder until it is let go", lock),
    ]

    private typealias Subject = (disk: any Disk, folder: String)

    private static func isNamed(_ subject: Subject) async throws {
        let (disk, folder) = subject
        let file = try await disk.createFile("\(folder)/f", byteCount: 10)
        try SpecFailure.unless(try await disk.isNamed(file), "a file that was just made")
        try await disk.put([1], at: "\(folder)/other")
        try await disk.rename("\(folder)/other", to: "\(folder)/f")
        try SpecFailure.unless(try await !disk.isNamed(file), "another file has its name")
        try await disk.remove("\(folder)/f")
        try SpecFailure.unless(try await !disk.isNamed(file), "nothing has its name")
        await disk.close(file)
    }

    private static func createFile(_ subject: Subject) async throws {
        let (disk, folder) = subject
        try await expect("open a file before it is made", { $0 == .notFound(path: "\(folder)/f") }) {
            () throws(DiskError) in _ = try await disk.openFile("\(folder)/f", writable: true)
        }
        try await expect("a file in no directory", { $0 == .notFound(path: "\(folder)/none/f") }) {
            () throws(DiskError) in _ = try await disk.createFile("\(folder)/none/f", byteCount: 1)
        }
        for count in [0, 5_000] {
            let file = try await disk.createFile("\(folder)/\(count)", byteCount: count)
            try SpecFailure.unlessEqual(try await disk.byteCount(of: file), count, "its size")
            let bytes = try await disk.read(file, at: 0, count: 10_000)
            try SpecFailure.unless(bytes == [UInt8](repeating: 0, count: count), "its zeros")
            await disk.close(file)
            try await expect("make it again", { $0 == .exists(path: "\(folder)/\(count)") }) { () throws(DiskError) in
                _ = try await disk.createFile("\(folder)/\(count)", byteCount: count)
            }
        }
    }

    private static func readAndWrite(_ subject: Subject) async throws {
        let (disk, folder) = subject
        let file = try await disk.createFile("\(folder)/f", byteCount: 4)
        try await disk.write([1, 2], to: file, at: 1)
        try await disk.writeDurably([3, 4, 5], to: file, at: 2)
        try await disk.write([], to: file, at: 100)
        try SpecFailure.unlessEqual(try await disk.read(file, at: 0, count: 99), [0, 1, 3, 4, 5], "the bytes")
        try SpecFailure.unlessEqual(try await disk.read(file, at: 1, count: 2), [1, 3], "some of them")
        try SpecFailure.unlessEqual(try await disk.read(file, at: 5, count: 1), [], "behind the end")
        try SpecFailure.unlessEqual(try await disk.read(file, at: 9, count: 1), [], "far behind the end")
        let large = [UInt8](repeating: 7, count: 10_000)
        try await disk.write(large, to: file, at: 7)
        let other = try await disk.openFile("\(folder)/f", writable: false)
        try SpecFailure.unlessEqual(try await disk.read(other, at: 5, count: 3), [0, 0, 7], "a hole is zeros, for all")
        try SpecFailure.unlessEqual(try await disk.byteCount(of: other), 10_007, "the size")
        try SpecFailure.unless(
            try await disk.readFile("\(folder)/f", limit: 10_007).suffix(10_000) == large[...], "the whole")
        await disk.close(other)
        await disk.close(file)
    }

    private static func truncate(_ subject: Subject) async throws {
        let (disk, folder) = subject
        let file = try await disk.createFile("\(folder)/f", byteCount: 0)
        try await disk.write([1, 2, 3], to: file, at: 0)
        try await disk.truncate(file, to: 2)
        try SpecFailure.unlessEqual(try await disk.read(file, at: 0, count: 9), [1, 2], "cut")
        try await disk.truncate(file, to: 4)
        try SpecFailure.unlessEqual(try await disk.read(file, at: 0, count: 9), [1, 2, 0, 0], "grown")
        await disk.close(file)
    }

    private static func put(_ subject: Subject) async throws {
        let (disk, folder) = subject
        for bytes in [[], [1, 2], [UInt8](repeating: 3, count: 100_000)] as [[UInt8]] {
            let path = "\(folder)/new/\(bytes.count)/f"
            try await disk.put(bytes, at: path)
            try SpecFailure.unless(try await disk.readFile(path, limit: bytes.count) == bytes, "its bytes")
            try await expect("put again", { $0 == .exists(path: path) }) { () throws(DiskError) in
                try await disk.put([9], at: path)
            }
            try SpecFailure.unless(try await disk.readFile(path, limit: bytes.count) == bytes, "its bytes, still")
            try SpecFailure.unlessEqual(try await disk.list("\(folder)/new/\(bytes.count)"), ["f"], "no other name")
        }
        try await expect("put at a directory", { $0 == .exists(path: "\(folder)/new") }) { () throws(DiskError) in
            try await disk.put([9], at: "\(folder)/new")
        }
    }

    private static func race(_ subject: Subject) async throws {
        let (disk, folder) = subject
        let won = await withTaskGroup(of: UInt8?.self) { group in
            for i in 0..<16 as Range<UInt8> {
                group.addTask { (try? await disk.put([i], at: "\(folder)/a/b/f")) == nil ? nil : i }
            }
            return await group.reduce(into: [UInt8]()) { if let winner = $1 { $0.append(winner) } }
        }
        try SpecFailure.unlessEqual(won.count, 1, "winners")
        try SpecFailure.unlessEqual(try await disk.readFile("\(folder)/a/b/f", limit: 1), won, "the winner's bytes")
    }

    private static func readFile(_ subject: Subject) async throws {
        let (disk, folder) = subject
        try await disk.put([1, 2, 3], at: "\(folder)/f")
        try await expect("above the limit", { $0 == .tooLarge(path: "\(folder)/f", limit: 2) }) {
            () throws(DiskError) in _ = try await disk.readFile("\(folder)/f", limit: 2)
        }
        try await expect("what is not there", { $0 == .notFound(path: "\(folder)/g") }) { () throws(DiskError) in
            _ = try await disk.readFile("\(folder)/g", limit: 2)
        }
        try await expect("a directory", isDenied) { () throws(DiskError) in
            _ = try await disk.readFile(folder, limit: 2)
        }
    }

    private static func rename(_ subject: Subject) async throws {
        let (disk, folder) = subject
        try await disk.put([1], at: "\(folder)/a")
        try await disk.put([2], at: "\(folder)/b")
        try await disk.rename("\(folder)/a", to: "\(folder)/b")
        try SpecFailure.unlessEqual(try await disk.readFile("\(folder)/b", limit: 9), [1], "it replaced the other")
        try await disk.rename("\(folder)/b", to: "\(folder)/x/y/b")
        try SpecFailure.unlessEqual(try await disk.readFile("\(folder)/x/y/b", limit: 9), [1], "it moved")
        try SpecFailure.unlessEqual(try await disk.list(folder), ["x"], "nothing is left")
        try await expect("what is not there", { $0 == .notFound(path: "\(folder)/a") }) { () throws(DiskError) in
            try await disk.rename("\(folder)/a", to: "\(folder)/c")
        }
    }

    private static func remove(_ subject: Subject) async throws {
        let (disk, folder) = subject
        try await disk.put([1], at: "\(folder)/a")
        let file = try await disk.openFile("\(folder)/a", writable: false)
        for _ in 0..<2 { try await disk.remove("\(folder)/a") }
        try SpecFailure.unlessEqual(try await disk.list(folder), [], "it is gone")
        try SpecFailure.unlessEqual(try await disk.read(file, at: 0, count: 9), [1], "readers keep it")
        await disk.close(file)
        try await disk.put([2], at: "\(folder)/a")
        try SpecFailure.unlessEqual(try await disk.readFile("\(folder)/a", limit: 9), [2], "the name is free")
    }

    private static func directories(_ subject: Subject) async throws {
        let (disk, folder) = subject
        try SpecFailure.unlessEqual(try await disk.list("\(folder)/none"), [], "no directory is an empty one")
        for _ in 0..<2 { try await disk.makeDirectory("\(folder)/a/b") }
        try await disk.put([1], at: "\(folder)/a/f")
        try SpecFailure.unlessEqual(try await disk.list("\(folder)/a"), ["b", "f"], "the names, sorted")
        try SpecFailure.unlessEqual(try await disk.list("\(folder)/a/b"), [], "an empty directory")
        try SpecFailure.unless(try await disk.isDirectory("\(folder)/a/b"), "a directory is one")
        try SpecFailure.unless(try await !disk.isDirectory("\(folder)/a/f"), "a file is none")
        try await expect("nothing is neither", { $0 == .notFound(path: "\(folder)/x") }) { () throws(DiskError) in
            _ = try await disk.isDirectory("\(folder)/x")
        }
        try SpecFailure.unless(try await disk.freeByteCount(at: folder) > 0, "there is space")
    }

    private static func inTheWay(_ subject: Subject) async throws {
        let (disk, folder) = subject
        try await disk.put([1], at: "\(folder)/f")
        try await expect("put below a file", isDenied) { () throws(DiskError) in
            try await disk.put([1], at: "\(folder)/f/g")
        }
        try await expect("make a directory below a file", isDenied) { () throws(DiskError) in
            try await disk.makeDirectory("\(folder)/f/g/h")
        }
        try await expect("make a directory where a file is", isDenied) { () throws(DiskError) in
            try await disk.makeDirectory("\(folder)/f")
        }
        try await expect("list a file", isDenied) { () throws(DiskError) in _ = try await disk.list("\(folder)/f") }
        try await expect("read below a file", isDenied) { () throws(DiskError) in
            _ = try await disk.readFile("\(folder)/f/g", limit: 9)
        }
        try await expect("remove a directory", isDenied) { () throws(DiskError) in try await disk.remove(folder) }
    }

    private static func lock(_ subject: Subject) async throws {
        let (disk, folder) = subject
        var lock = try await disk.lock("\(folder)/a/lock")
        try SpecFailure.unless(lock != nil, "the first gets it")
        try SpecFailure.unless(try await disk.lock("\(folder)/a/lock") == nil, "the second does not")
        try SpecFailure.unless(try await disk.lock("\(folder)/a/other") != nil, "another lock is another")
        lock = nil
        try SpecFailure.unless(try await disk.lock("\(folder)/a/lock") != nil, "it is free again")
    }

    private static func isDenied(_ error: DiskError) -> Bool { if case .denied = error { true } else { false } }

    private static func expect(
        _ promise: String, _ isRight: (DiskError) -> Bool, _ body: () async throws(DiskError) -> Void
    ) async throws {
        try await SpecFailure.unlessThrown(promise, isRight, body)
    }
}
