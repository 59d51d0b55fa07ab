import CairnNative
import Testing

@Suite("How gzip is written")
struct GzipFormTests {
    static let content = Array(#"{"Records":[{"a":1},{"a":2},{"a":3}]}"#.utf8)

    @Test("what our compressors write has no padding bits and no empty blocks", arguments: Compression.allCases)
    func ours(_ compression: Compression) throws {
        for count in [0, 1, 7, 100, 70_000] {
            let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let form = try #require(GzipForm(GzipCompressor().compress(content, compression)))
            #expect(form == GzipForm(GzipCompressor().compress(content, compression)))
            #expect(form.hasZeroPadding, "\(count) bytes")
            #expect(form.emptyBlockCount == 0, "\(count) bytes")
        }
    }

    @Test("an empty stored block before the data is seen")
    func emptyBlock() throws {
        let gzip = GzipCompressor().compress(Self.content, .balanced)
        let spoiled = Array(gzip[..<10]) + [0, 0, 0, 0xFF, 0xFF] + gzip[10...]
        #expect(try Gunzip.member(spoiled, limit: 1_000) == Self.content)
        #expect(try #require(GzipForm(spoiled)).emptyBlockCount == 1)
    }

    @Test("every bit that may be set behind the data without changing it is seen")
    func padding() throws {
        var seen = 0
        for count in 1...40 {
            let content = Array(Self.content.prefix(count))
            let gzip = GzipCompressor().compress(content, .balanced)
            for bit in 0..<8 {
                var spoiled = gzip
                spoiled[gzip.count - 9] ^= 1 << bit
                guard (try? Gunzip.member(spoiled, limit: 1_000)) == content else { continue }
                seen += 1
                #expect(GzipForm(spoiled).map { !$0.hasZeroPadding } ?? true, "\(count) bytes, bit \(bit)")
            }
        }
        #expect(seen > 30)
    }

    @Test("a header's fields are told apart")
    func header() throws {
        let header = try #require(GzipForm.Header([0x1F, 0x8B, 8, 4, 1, 2, 3, 4, 2, 255]))
        #expect((header.flags, header.time, header.extraFlags, header.system) == (4, 0x0403_0201, 2, 255))
        #expect(GzipForm.Header([0x1F, 0x8B, 7, 0, 0, 0, 0, 0, 0, 0]) == nil)
    }
}
