import CairnFormat
import CairnNative
import Testing

/// Source of the vector: `reference/encrypted-file.md`, made there with Amazon's SDK.
@Suite("Encrypted files are the AWS Encryption SDK's messages, and nothing else is read")
struct EncryptedFileTests {
    static func secret(_ range: ClosedRange<UInt8>) -> Secret { Secret(Array(range).span) }

    static let context = { try? EncryptionContext(["trail": "t1", "account": "123456789012"]) }() ?? .empty
    static let messageID = Array(0x40...0x5F as ClosedRange<UInt8>)

    static func wrap(_ name: String = "k/1", context: EncryptionContext = context) -> WrappedDataKey {
        WrappedDataKey(
            secret(0x20...0x3F), under: AESGCM(key: secret(0...0x1F)), namespace: "cairn", name: name,
            nonce: Array(0x60...0x6B), context: context)
    }

    static func write(_ text: [UInt8], frameLength: Int = 8, wraps: [WrappedDataKey] = [wrap()]) -> [UInt8] {
        EncryptedFileWriter.write(
            text, context: context, dataKey: secret(0x20...0x3F), messageID: messageID, wraps: wraps,
            frameLength: frameLength)
    }

    static func read(_ file: [UInt8], limit: Int = 1 << 20) throws(EncryptedFileProblem) -> [UInt8] {
        let header = try EncryptedHeader.parse(file).header
        guard let wrap = header.dataKeys.first(where: { $0.rawName(namespace: "cairn") == "k/1" }) else {
            throw .noKey(wraps: [])
        }
        let key: KeyMaterial
        do throws(AESGCM.NotAuthentic) {
            key = KeyMaterial(try wrap.open(under: AESGCM(key: secret(0...0x1F)), context: header.context))
        } catch { throw .noKey(wraps: [wrap.description]) }
        return try EncryptedFileReader.read(file, dataKey: key.secret, limit: limit)
    }

    static let hello = Array("hello cairn\n".utf8)

    @Test("the reference's vector, byte for byte")
    func vector() throws {
        let file = Self.write(Self.hello)
        #expect(file.count == 294)
        #expect(SHA256.hash(file).hex == "05724e113033454d4261eb200759809fcb4592d8adba5428ddfc8574e5171a8c")
        #expect(try Self.read(file) == Self.hello)
        #expect(try EncryptedHeader.parse(file).header.context == Self.context)
    }

    @Test("content of any length around the edges of frames", arguments: [0, 1, 7, 8, 9, 15, 16, 17, 64, 1_000])
    func lengths(_ count: Int) throws {
        let text = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let file = Self.write(text)
        #expect(try Self.read(file) == text)
        #expect(throws: EncryptedFileProblem.self) { try Self.read(file, limit: count - 1) }
    }

    @Test("a full last frame may be regular, with an empty final one behind it, as Amazon's Python SDK writes it")
    func emptyFinal() throws {
        // Made by hand: the same key and message id, so the parts fit together.
        let dataKey = Self.secret(0x20...0x3F)
        let whole = Self.write([UInt8](repeating: 7, count: 9))
        let reader = try EncryptedFileReader(start: whole, dataKey: dataKey)
        let first = try reader.frame(1, at: reader.framesStart, of: whole)
        #expect(!first.isFinal && first.content == [UInt8](repeating: 7, count: 8))
        let content = HKDF.derive(
            .sha512, key: dataKey, salt: Self.messageID, info: [0x04, 0x78] + Array("DERIVEKEY".utf8), count: 32)
        let nonce: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]
        let aad =
            Self.messageID + Array("AWSKMSEncryptionClient Final Frame".utf8) + [0, 0, 0, 2]
            + [UInt8](repeating: 0, count: 8)
        let final =
            [255, 255, 255, 255, 0, 0, 0, 2] + nonce + [0, 0, 0, 0]
            + AESGCM(key: content).seal([], nonce: nonce, aad: aad)
        let file = Array(whole[..<(reader.framesStart + first.byteCount)]) + final
        #expect(try Self.read(file) == [UInt8](repeating: 7, count: 8))
    }

    @Test("every flipped bit is refused")
    func bits() {
        let file = Self.write(Self.hello)
        for bit in 0..<file.count * 8 {
            var changed = file
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: EncryptedFileProblem.self, "bit \(bit)") { try Self.read(changed) }
        }
    }

    @Test("every truncation and every byte behind the end is refused")
    func truncations() {
        let file = Self.write(Self.hello)
        for count in 0..<file.count {
            #expect(throws: EncryptedFileProblem.self, "\(count)") { try Self.read(Array(file[..<count])) }
        }
        #expect(throws: EncryptedFileProblem.trailingBytes(1)) { try Self.read(file + [0]) }
        #expect(throws: EncryptedFileProblem.trailingBytes(294)) { try Self.read(file + file) }
    }

    @Test("frames that are swapped, repeated or left out are refused")
    func frames() throws {
        let file = Self.write([UInt8](repeating: 1, count: 30))
        let start = try EncryptedFileReader(start: file, dataKey: Self.secret(0x20...0x3F)).framesStart
        let size = 8 + 32
        let head = Array(file[..<start])
        let parts = (0..<3).map { Array(file[start + $0 * size..<start + ($0 + 1) * size]) }
        let final = Array(file[(start + 3 * size)...])
        #expect(try Self.read(head + parts.joined() + final).count == 30)
        for order in [[1, 0, 2], [0, 0, 1, 2], [0, 2], [1, 2], [0, 1, 2, 2], [], [0, 1]] {
            #expect(throws: EncryptedFileProblem.self) { try Self.read(head + order.flatMap { parts[$0] } + final) }
        }
        #expect(throws: EncryptedFileProblem.self) { try Self.read(head + parts.joined() + final + final) }
    }

    @Test("one frame of many opens alone")
    func oneFrame() throws {
        let text = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 / 8) }
        let file = Self.write(text)
        let reader = try EncryptedFileReader(start: Array(file[..<400]), dataKey: Self.secret(0x20...0x3F))
        let place = reader.start(ofFrame: 77)
        let piece = Array(file[place..<place + 40])
        #expect(try reader.frame(77, at: 0, of: piece).content == Array(text[76 * 8..<77 * 8]))
        #expect(throws: EncryptedFileProblem.frameOutOfOrder(expected: 78, found: 77)) {
            try reader.frame(78, at: 0, of: piece)
        }
    }

    @Test(
        "a stream gives out verified frames only, and says when the end is missing", arguments: [1, 3, 40, 41, 1_000])
    func stream(_ pieceCount: Int) throws {
        let text = (0..<100).map { UInt8($0) }
        let file = Self.write(text)
        let start = Array(file[..<250])
        let reader = try EncryptedFileReader(start: start, dataKey: Self.secret(0x20...0x3F))
        var stream = EncryptedFileStream(start: start, reader: reader)
        var content: [UInt8] = []
        for place in stride(from: 250, to: file.count, by: pieceCount) {
            #expect(throws: EncryptedFileProblem.self) { try stream.finish() }
            content += try stream.add(Array(file[place..<min(place + pieceCount, file.count)]))
        }
        try stream.finish()
        #expect(content == text)
        #expect(throws: EncryptedFileProblem.trailingBytes(1)) { try stream.add([0]) }
        var changed = EncryptedFileStream(start: start, reader: reader)
        var last = Array(file[250...])
        last[last.count - 1] ^= 1
        #expect(throws: EncryptedFileProblem.frameNotAuthentic(13)) { try changed.add(last) }
    }

    @Test("several keys may open a file; a name that another begins with is another name")
    func severalKeys() throws {
        let kms = WrappedDataKey(kmsKey: "arn:aws:kms:us-east-1:111122223333:key/x", ciphertext: [1, 2, 3])
        let file = Self.write(Self.hello, wraps: [kms, Self.wrap("k/10"), Self.wrap()])
        #expect(try Self.read(file) == Self.hello)
        #expect(kms.rawName(namespace: "cairn") == nil && kms.rawName(namespace: "aws-kms") == nil)
        #expect(Self.wrap("k/10").rawName(namespace: "cairn") == "k/10")
        #expect(Self.wrap().rawName(namespace: "other") == nil)
    }

    @Test("what is no file of ours is refused by its header, before any work")
    func headers() {
        let file = Self.write(Self.hello)
        func with(_ place: Int, _ bytes: [UInt8]) -> [UInt8] {
            Array(file[..<place]) + bytes + Array(file[(place + bytes.count)...])
        }
        let keys = 37 + Self.context.bytes.count
        for (bad, problem) in [
            ([UInt8]("{\"Records\":[]}".utf8), EncryptedFileProblem.notEncrypted), ([], .truncated(at: "the header")),
            (with(0, [1, 0x80]), .unknownVersion(1)), (with(1, [0x05, 0x78]), .unknownSuite(0x0578)),
            (with(keys, [0, 0]), .tooManyKeys(0)), (with(keys, [0xFF, 0xFF]), .tooManyKeys(65_535)),
            (with(keys, [0, 9]), .tooManyKeys(9)),
            (with(35, [0xFF, 0xFF]), .truncated(at: "the encryption context")),
            (with(keys + 2, [0xFF, 0xFF]), .truncated(at: "a wrapped key")),
        ] {
            #expect(throws: problem) { try Self.read(bad) }
        }
    }

    @Test("a context is refused if it could be read in two ways")
    func contexts() throws {
        let good = try EncryptionContext(["a": "1", "b": ""])
        #expect(good.bytes == [0, 2, 0, 1, 97, 0, 1, 49, 0, 1, 98, 0, 0])
        #expect(try EncryptionContext(parsing: 0..<13, of: good.bytes) == good)
        #expect(good["b"] == "" && good["c"] == nil)
        for bad: [UInt8] in [
            [0, 0], [0], [0, 1], good.bytes + [0], Array(good.bytes.dropLast()),
            [0, 2, 0, 1, 97, 0, 1, 49, 0, 1, 97, 0, 0], [0, 2, 0, 1, 98, 0, 0, 0, 1, 97, 0, 0],
            [0, 1, 0, 1, 0xFF, 0, 0],
        ] {
            #expect(throws: EncryptedFileProblem.self) { try EncryptionContext(parsing: 0..<bad.count, of: bad) }
        }
        #expect(throws: EncryptedFileProblem.self) { try EncryptionContext(["aws-crypto-public-key": "x"]) }
        #expect(throws: EncryptedFileProblem.self) {
            try EncryptionContext(["a": String(repeating: "x", count: 65_536)])
        }
    }

    @Test("another key, another context, another message id: refused by the commitment or the wrap")
    func wrongKeys() throws {
        let file = Self.write(Self.hello)
        #expect(throws: EncryptedFileProblem.wrongCommitment) {
            try EncryptedFileReader.read(file, dataKey: Self.secret(0x21...0x40), limit: 100)
        }
        #expect(throws: AESGCM.NotAuthentic.self) { try self.open(Self.wrap(), .empty) }
        #expect(throws: AESGCM.NotAuthentic.self) { try self.open(Self.wrap(context: .empty), Self.context) }
    }

    private func open(_ wrap: WrappedDataKey, _ context: EncryptionContext) throws {
        _ = try wrap.open(under: AESGCM(key: Self.secret(0...0x1F)), context: context)
    }
}
