import CairnFormat
import CairnNative
import Testing

@Suite("Where the frames of an encrypted file stand")
struct EncryptedLayoutTests {
    static let key = Secret([UInt8](repeating: 3, count: 32).span)

    static func file(_ content: [UInt8], frameLength: Int) throws -> [UInt8] {
        let context = try EncryptionContext(["aws:s3:arn": "arn:aws:s3:::logs/key"])
        return EncryptedFileWriter.write(
            content, context: context, dataKey: key, messageID: [UInt8](repeating: 1, count: 32),
            wraps: [
                WrappedDataKey(
                    key, under: AESGCM(key: key), namespace: "cairn", name: "trail/x/1",
                    nonce: [UInt8](repeating: 0, count: 12), context: context)
            ], frameLength: frameLength)
    }

    @Test(
        "every size around the frames' edges is told from the file's", arguments: [0, 1, 15, 16, 17, 31, 32, 33, 160])
    func sizes(_ count: Int) throws {
        let file = try Self.file((0..<count).map { UInt8(truncatingIfNeeded: $0) }, frameLength: 16)
        let layout = try #require(EncryptedLayout(start: file, fileByteCount: file.count))
        #expect(layout.byteCount == count)
    }

    @Test("every part of the content is in the frames that are named for it, and verifies there")
    func parts() throws {
        let content = (0..<70).map { UInt8($0) }
        let file = try Self.file(content, frameLength: 16)
        let layout = try #require(EncryptedLayout(start: file, fileByteCount: file.count))
        let reader = try EncryptedFileReader(start: file, dataKey: Self.key)
        for start in content.indices {
            for end in start + 1...content.count {
                let (stored, frames) = layout.place(of: start..<end)
                let bytes = Array(file[stored])
                var (found, offset): ([UInt8], Int) = ([], 0)
                for number in frames {
                    let frame = try reader.frame(UInt32(number), at: offset, of: bytes)
                    #expect(frame.isFinal == (number > layout.frameCount))
                    found += frame.content
                    offset += frame.byteCount
                }
                #expect(offset == bytes.count)
                let first = start - (frames.lowerBound - 1) * 16
                #expect(Array(found[first..<first + end - start]) == Array(content[start..<end]))
            }
        }
    }

    @Test("a file that was cut has another size, or none")
    func cut() throws {
        let file = try Self.file([UInt8](repeating: 7, count: 40), frameLength: 16)
        for count in file.indices {
            let layout = EncryptedLayout(start: Array(file[..<count]), fileByteCount: count)
            #expect(layout.map { $0.byteCount < 40 } ?? true)
        }
    }
}
