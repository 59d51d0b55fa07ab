import CairnSystem
import CairnTestKit
import Testing

@Suite("The disk that breaks")
struct SimulatedDiskTests {
    static let eio = DiskError.failed(path: "x", operation: "x", errno: 5)
    let disk = SimulatedDisk()

    @Test("keeps the promises of a disk while nothing breaks", arguments: DiskSpec.rules)
    func spec(_ rule: DiskSpec.Rule) async throws {
        try await disk.makeDirectory("/spec")
        try await rule.check((disk, "/spec"))
    }

    @Test("a crash keeps what was synced, and of the rest all, some sectors, or nothing: each comes to pass")
    func tornWrites() async throws {
        var fates: Set<String> = []
        for seed in 0..<60 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try await disk.createFile("/f", byteCount: 2_048)
            try await disk.writeDurably([UInt8](repeating: 1, count: 2_048), to: file, at: 0)
            // From within the first sector to within the last.
            try await disk.write([UInt8](repeating: 2, count: 1_600), to: file, at: 300)
            #expect(try await disk.read(file, at: 300, count: 1_600).allSatisfy { $0 == 2 }, "readers see it at once")
            disk.crash()
            let bytes = try #require(disk.bytes("/f"))
            let sectors = [300..<512, 512..<1_024, 1_024..<1_536, 1_536..<1_900].map { Array(bytes[$0]) }
            for sector in sectors { #expect(Set(sector).count == 1, "a sector is whole") }
            #expect(bytes[..<300].allSatisfy { $0 == 1 } && bytes[1_900...].allSatisfy { $0 == 1 })
            fates.insert(sectors.map { "\($0[0])" }.joined())
            await #expect(throws: DiskError.self, "no file is open after a crash") {
                try await disk.read(file, at: 0, count: 1)
            }
        }
        #expect(fates.isSuperset(of: ["1111", "2222", "2211"]) && fates.contains { $0.contains("12") })
    }

    @Test("the same seed breaks the same things")
    func repeatable() async throws {
        func run(_ seed: UInt64) async throws -> [UInt8]? {
            let disk = SimulatedDisk(seed: seed)
            let file = try await disk.createFile("/f", byteCount: 0)
            for i in 0..<20 { try await disk.write([UInt8](repeating: UInt8(i), count: 700), to: file, at: i * 600) }
            disk.crash()
            return disk.bytes("/f")
        }
        #expect(try await run(7) == run(7))
        #expect(try await run(7) != run(8))
    }

    @Test("after a failed sync no later one brings the same writes to the disk")
    func failedSync() async throws {
        var isLost = false
        for seed in 0..<20 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            let file = try await disk.createFile("/f", byteCount: 0)
            disk.fail("sync", "/f", Self.eio)
            await #expect(throws: Self.eio) { try await disk.writeDurably([1], to: file, at: 0) }
            #expect(try await disk.read(file, at: 0, count: 1) == [1])
            try await disk.writeDurably([2], to: file, at: 1)
            disk.crash()
            let bytes = try #require(disk.bytes("/f"))
            #expect(bytes.last == 2)
            if bytes.first == 0 { isLost = true }
        }
        #expect(isLost)
    }

    @Test("power fails at a call: it has its effect or none, and all later ones fail until the power is back")
    func crashAtCall() async throws {
        var outcomes: Set<Bool> = []
        for seed in 0..<20 as Range<UInt64> {
            let disk = SimulatedDisk(seed: seed)
            try await disk.put([1], at: "/a")
            let held = try await disk.lock("/lock")
            disk.crashAfter(operations: 1)
            try await disk.put([2], at: "/b")
            #expect(!disk.isDown)
            await #expect(throws: DiskError.self) { try await disk.put([3], at: "/c") }
            #expect(disk.isDown)
            await #expect(throws: DiskError.self) { try await disk.put([4], at: "/d") }
            disk.crash()
            #expect(disk.bytes("/a") == [1] && disk.bytes("/b") == [2] && disk.bytes("/d") == nil)
            outcomes.insert(disk.bytes("/c") == [3])
            let next = try await disk.lock("/lock")
            #expect(held != nil && next != nil, "a crash lets go of locks")
        }
        #expect(outcomes == [true, false])
    }

    @Test("space runs out, in the middle of a write too, and comes back with what is removed")
    func space() async throws {
        disk.setFree(10)
        try await disk.put([1, 2, 3, 4], at: "/a")
        await #expect(throws: DiskError.noSpace(path: "/b")) {
            try await disk.put([UInt8](repeating: 1, count: 7), at: "/b")
        }
        let file = try await disk.createFile("/c", byteCount: 2)
        await #expect(throws: DiskError.noSpace(path: "/c")) {
            try await disk.write([UInt8](repeating: 9, count: 20), to: file, at: 0)
        }
        #expect(disk.bytes("/c") == [9, 9, 9, 9, 9, 9])
        #expect(try await disk.freeByteCount(at: "/") == 0)
        try await disk.remove("/a")
        #expect(try await disk.freeByteCount(at: "/") == 4)
    }

    @Test("faults hit the operation and the path they are meant for, as often as asked")
    func faults() async throws {
        disk.fail("put", "/x/", Self.eio, count: 2)
        try await disk.put([1], at: "/y/a")
        for _ in 0..<2 { await #expect(throws: Self.eio) { try await disk.put([1], at: "/x/a") } }
        try await disk.put([1], at: "/x/a")
        disk.fail("put", "/z", Self.eio, takesEffect: true)
        await #expect(throws: Self.eio) { try await disk.put([1], at: "/z") }
        #expect(disk.bytes("/z") == [1])
        disk.fail("put", "/w", Self.eio, count: .max)
        disk.healFaults()
        try await disk.put([1], at: "/w")
    }

    @Test("denied places can be read and not changed, for as long as they are")
    func denied() async throws {
        try await disk.put([1], at: "/b/x")
        disk.deny(["/b"])
        let changes: [() async throws -> Void] = [
            { try await disk.put([1], at: "/b/y") }, { try await disk.rename("/b/x", to: "/c") },
            { try await disk.remove("/b/x") }, { try await disk.makeDirectory("/b/z") },
            { _ = try await disk.createFile("/b/y", byteCount: 1) },
        ]
        for change in changes {
            await #expect {
                try await change()
            } throws: {
                if case .denied = $0 as? DiskError { true } else { false }
            }
        }
        #expect(try await disk.readFile("/b/x", limit: 1) == [1])
        disk.deny([])
        try await disk.put([1], at: "/b/y")
    }

    @Test("a bit flipped at rest stays flipped")
    func corrupt() async throws {
        try await disk.put([0, 0], at: "/a")
        disk.corrupt("/a", at: 1, bit: 7)
        disk.corrupt("/a", at: 2)
        disk.corrupt("/none", at: 0)
        disk.crash()
        #expect(disk.bytes("/a") == [0, 128])
    }
}
