import CairnNative
import Foundation
import Testing

@Suite("gzip is written for everybody and read with care")
struct GzipTests {
    static let text = Array(
        (0..<2_000).map { "{\"eventName\":\"DescribeThing\($0 % 7)\",\"n\":\($0)}" }.joined(separator: ",").utf8)

    /// What no compression makes smaller.
    static let noise: [UInt8] = (0..<20_000).flatMap { SHA256.hash([UInt8($0 & 255), UInt8($0 >> 8)]).array }

    @Test("what each compression writes is one member that opens again", arguments: Compression.allCases)
    func roundTrip(_ compression: Compression) throws {
        let compressor = GzipCompressor()
        for input in [Self.text, [], [7], [UInt8](repeating: 0, count: 1 << 20), Self.noise] {
            let file = compressor.compress(input, compression)
            #expect(try Gunzip.member(file, limit: 1 << 21) == input)
            let stream = GzipStream(limit: 1 << 21)
            var output: [UInt8] = []
            try stream.inflate(file, into: &output)
            #expect(output == input && stream.isComplete)
        }
        #expect(compressor.compress(Self.text, compression) == GzipCompressor().compress(Self.text, compression))
    }

    @Test("a stream may come byte by byte")
    func bytewise() throws {
        let stream = GzipStream(limit: Self.text.count)
        var output: [UInt8] = []
        for byte in GzipCompressor().compress(Self.text, .balanced) { try stream.inflate([byte], into: &output) }
        #expect(output == Self.text && stream.isComplete)
    }

    @Test("the limit holds to the byte, for buffers and for streams")
    func limit() throws {
        let file = GzipCompressor().compress(Self.text, .balanced)
        #expect(throws: GzipProblem.tooLarge(limit: Self.text.count - 1)) {
            try Gunzip.member(file, limit: Self.text.count - 1)
        }
        var output: [UInt8] = []
        #expect(throws: GzipProblem.tooLarge(limit: Self.text.count - 1)) {
            try GzipStream(limit: Self.text.count - 1).inflate(file, into: &output)
        }
        #expect(output.count < Self.text.count)
        #expect(try Gunzip.member(file, limit: Self.text.count) == Self.text)
    }

    /// What the machine's own gzip makes of a file, and whether it is content with it.
    static func gunzip(_ file: [UInt8]) throws -> (output: [UInt8], isContent: Bool) {
        let path = FileManager.default.temporaryDirectory.appending(path: "cairn-\(UUID().uuidString).gz")
        defer { try? FileManager.default.removeItem(at: path) }
        try Data(file).write(to: path)
        let process = Process()
        process.executableURL = URL(filePath: "/bin/gzip")
        process.arguments = ["-dc", path.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = Array(pipe.fileHandleForReading.readDataToEndOfFile())
        process.waitUntilExit()
        return (output, process.terminationStatus == 0)
    }

    @Test("gzip itself opens what each compression writes", arguments: Compression.allCases)
    func systemOpens(_ compression: Compression) throws {
        for input in [Self.text, [], Self.noise] {
            let (output, isContent) = try Self.gunzip(GzipCompressor().compress(input, compression))
            #expect(isContent && output == input)
        }
    }

    /// `count` zeros of which DEFLATE makes a 1,032nd: one literal, then matches of 258 bytes, two bits each.
    ///
    /// A block of its own Huffman codes (RFC 1951, 3.2.7): length 258 has the code 0, zero 10, the end 11; distance 1
    /// has the code 0. A match is two zero bits, so the middle of the file is zeros too.
    static func bomb(_ count: Int, crc: UInt32 = 0) -> [UInt8] {
        var bits: [UInt8] = []
        func put(_ value: Int, _ count: Int) { for i in 0..<count { bits.append(UInt8(value >> i & 1)) } }
        put(1, 1)  // the last block
        put(2, 2)  // dynamic codes
        put(286 - 257, 5)
        put(1 - 1, 5)
        put(18 - 4, 4)
        // Code lengths in the order 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: those of 18, 2 and 1 alone.
        for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] { put(length, 3) }
        // Their codes: 18 is 0, then 1 is 10 and 2 is 11, most significant bit first.
        func zeros(_ count: Int) { put(0, 1); put(count - 11, 7) }
        put(3, 2)  // literal 0: two bits
        zeros(138); zeros(117)  // 1 to 255
        put(3, 2)  // the end, 256: two bits
        zeros(28)  // 257 to 284
        put(1, 2)  // 285, length 258: one bit
        put(1, 2)  // distance 1: one bit
        // The data: a zero, the matches, the end.
        precondition((count - 1) % 258 == 0)
        put(1, 2)
        let matches = (count - 1) / 258 * 2
        let lead = (8 - bits.count % 8) % 8
        precondition(matches > lead)
        bits += [UInt8](repeating: 0, count: lead)
        func bytes(_ bits: [UInt8]) -> [UInt8] {
            stride(from: 0, to: bits.count, by: 8).map { at in
                bits[at..<min(at + 8, bits.count)].enumerated().reduce(0) { $0 | $1.element << UInt8($1.offset) }
            }
        }
        let rest = matches - lead
        var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + bytes(bits)
        file += [UInt8](repeating: 0, count: rest / 8)
        file += bytes([UInt8](repeating: 0, count: rest % 8) + [1, 1])
        file.append(number: crc)
        file.append(number: UInt32(truncatingIfNeeded: count))
        return file
    }

    @Test("the bomb of these tests is one")
    func bombIsReal() throws {
        let count = 258 * 400 + 1
        let zeros = [UInt8](repeating: 0, count: count)
        let trailer = GzipCompressor().compress(zeros, .balanced).suffix(8)
        let bomb = Self.bomb(count, crc: Array(trailer).number(at: 0))
        #expect(try Self.gunzip(bomb) == (zeros, true))
        #expect(try Gunzip.member(bomb, limit: count) == zeros)
    }

    @Test("a bomb of 1 GiB is refused before it takes memory")
    func bombIsRefused() async {
        await #expect(processExitsWith: .success) {
            /// The most memory the process ever had, in bytes.
            func peak() throws -> Int {
                let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
                return try #require(Int(line.filter(\.isNumber))) << 10
            }
            let limit = 8 << 20
            let bomb = GzipTests.bomb(258 * 4_161_790 + 1)
            #expect(bomb.count < 1_100_000)
            // A trailer that claims little, or as much as is allowed, does not open the door either.
            var (modest, exact) = (bomb, bomb)
            modest.set(number: UInt32(1), at: bomb.count - 4)
            exact.set(number: UInt32(limit), at: bomb.count - 4)
            let before = try peak()
            #expect(throws: GzipProblem.tooLarge(limit: limit)) { try Gunzip.member(bomb, limit: limit) }
            #expect(throws: GzipProblem.wrongSize(claimed: 1)) { try Gunzip.member(modest, limit: limit) }
            #expect(throws: GzipProblem.wrongSize(claimed: limit)) { try Gunzip.member(exact, limit: limit) }
            var output: [UInt8] = []
            #expect(throws: GzipProblem.tooLarge(limit: limit)) {
                try GzipStream(limit: limit).inflate(bomb, into: &output)
            }
            #expect(output.count <= limit)
            // An array grows by doubling, so a little over twice the limit is what 8 MiB may cost; the bomb costs 1,024.
            #expect(try peak() - before < 4 * limit)
        }
    }

    @Test("anything behind the member, or missing from it, is refused")
    func strictness() {
        let file = GzipCompressor().compress(Self.text, .balanced)
        #expect(throws: GzipProblem.self) { try Gunzip.member(file + [0], limit: 1 << 20) }
        #expect(throws: GzipProblem.self) { try Gunzip.member(file + file, limit: 1 << 20) }
        #expect(throws: GzipProblem.notGzip) { try Gunzip.member([UInt8](repeating: 1, count: 40), limit: 1 << 20) }
        for count in stride(from: 0, to: file.count, by: 97) {
            #expect(throws: GzipProblem.self) { try Gunzip.member(Array(file[..<count]), limit: 1 << 20) }
        }
        for place in [file.count - 8, file.count - 4, file.count / 2] {
            var altered = file
            altered[place] ^= 1
            #expect(throws: GzipProblem.self) { try Gunzip.member(altered, limit: 1 << 20) }
        }
        var output: [UInt8] = []
        #expect(throws: GzipProblem.self) { try GzipStream(limit: 1 << 20).inflate(file + [0], into: &output) }
    }

    @Test("a claim that DEFLATE cannot keep is damage, not size")
    func impossibleClaim() {
        var file = GzipCompressor().compress(Self.text, .balanced)
        file.set(number: UInt32.max, at: file.count - 4)
        #expect(throws: GzipProblem.damaged) { try Gunzip.member(file, limit: 1 << 40) }
    }

    @Test("a stream finds the same faults, whole and byte by byte", arguments: [false, true])
    func streamStrictness(_ isBytewise: Bool) throws {
        func outcome(_ file: [UInt8]) -> (problem: GzipProblem?, isComplete: Bool) {
            let stream = GzipStream(limit: 1 << 20)
            var output: [UInt8] = []
            do throws(GzipProblem) {
                if isBytewise {
                    for byte in file { try stream.inflate([byte], into: &output) }
                } else {
                    try stream.inflate(file, into: &output)
                }
                return (nil, stream.isComplete)
            } catch {
                return (error, stream.isComplete)
            }
        }
        let file = GzipCompressor().compress(Array(Self.text.prefix(4_000)), .balanced)
        #expect(outcome(file) == (nil, true))
        #expect(outcome(Array(file.dropLast())) == (nil, false))
        #expect(outcome([]) == (nil, false))
        for place in [file.count - 8, file.count - 1] {
            var altered = file
            altered[place] ^= 1
            #expect(outcome(altered).problem == .damaged)
        }
        #expect(outcome(Array(Self.text.prefix(40))).problem == .notGzip)
        for tail in [[0], file] {
            guard case .trailingBytes(offset: file.count, byteCount: _) = outcome(file + tail).problem else {
                Issue.record("what follows the member is taken")
                return
            }
        }
    }
}
