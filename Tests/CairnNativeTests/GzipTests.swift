import CairnNative
import Testing

@Suite("gzip is written for everybody and read with care")
struct GzipTests {
    static let text = Array(
        (0..<2_000).map { "{\"eventName\":\"DescribeThing\($0 % 7)\",\"n\":\($0)}" }.joined(separator: ",").utf8)

    @Test("what each compression writes is one member that opens again", arguments: Compression.allCases)
    func roundTrip(_ compression: Compression) throws {
        let compressor = GzipCompressor()
        for input in [Self.text, [], [7], [UInt8](repeating: 0, count: 1 << 20)] {
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

    @Test("a bomb is refused before it takes memory")
    func bomb() {
        let bomb = GzipCompressor().compress([UInt8](repeating: 0, count: 256 << 20), .small)
        #expect(bomb.count < 1 << 20)
        #expect(throws: GzipProblem.tooLarge(limit: 16 << 20)) { try Gunzip.member(bomb, limit: 16 << 20) }
        var output: [UInt8] = []
        #expect(throws: GzipProblem.tooLarge(limit: 16 << 20)) {
            try GzipStream(limit: 16 << 20).inflate(bomb, into: &output)
        }
        #expect(output.count <= 16 << 20)
        // A trailer that claims little does not open the door either.
        var lying = bomb
        lying.replaceSubrange(lying.count - 4..<lying.count, with: [1, 0, 0, 0])
        #expect(throws: GzipProblem.self) { try Gunzip.member(lying, limit: 16 << 20) }
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
}
