import CairnFormat
import CairnNative
import CairnValidation

extension FuzzTarget {
    static func scan(_ body: [UInt8], by size: Int) -> RecordSurvey.Outcome? {
        var scanner = RecordsScanner(account: account.description, region: "us-east-1")
        let survey = RecordSurvey()
        for start in stride(from: 0, to: body.count, by: size) {
            guard scanner.feed(Array(body[start..<min(body.count, start + size)]), survey) else { return nil }
        }
        return scanner.isWhole ? scanner.outcome : nil
    }

    /// Two readers of gzip find the same content, and what is compressed is found again.
    static let gzip = FuzzTarget(name: "gzip") { (input) throws(Broken) in
        guard let size = input.first else { return }
        let file = Array(input.dropFirst())
        let member = try? Gunzip.member(file, limit: 1 << 20)
        _ = GzipForm(file)
        let stream = GzipStream(limit: 1 << 20)
        var content: [UInt8] = []
        var isWhole = true
        for start in stride(from: 0, to: file.count, by: 1 + Int(size)) {
            do throws(GzipProblem) {
                try stream.inflate(Array(file[start..<min(file.count, start + 1 + Int(size))]), into: &content)
            } catch {
                isWhole = false
                break
            }
        }
        isWhole = isWhole && stream.isComplete
        if let member, isWhole, member != content { throw Broken("two readers of one gzip find different content") }
        let compressor = GzipCompressor()
        for compression in [Compression.fast, .balanced] {
            guard (try? Gunzip.member(compressor.compress(file, compression), limit: 1 << 20)) == file else {
                throw Broken("what was compressed (\(compression)) is not found again")
            }
        }
    }

    private static let messageID = [UInt8](repeating: 5, count: 32)
    private static let content = (0..<300).map { UInt8(truncatingIfNeeded: $0) }

    private static func dataKey() -> Secret { Secret([UInt8](repeating: 4, count: 32).span) }

    private static let encryptedFile: [UInt8] = {
        guard let context = try? EncryptionContext(["aws:s3:arn": "arn:aws:s3:::bucket/key", "a": "b"]) else {
            return []
        }
        let wrap = WrappedDataKey(
            dataKey(), under: AESGCM(key: dataKey()), namespace: "cairn", name: "key",
            nonce: [UInt8](repeating: 3, count: 12),
            context: context)
        return EncryptedFileWriter.write(
            content, context: context, dataKey: dataKey(), messageID: messageID, wraps: [wrap], frameLength: 64)
    }()

    /// An encrypted file that opens has the content that was written, for every reader; a header that was made up is refused.
    static let encrypted = FuzzTarget(name: "encrypted") { (input) throws(Broken) in
        guard let mode = input.first else { return }
        var file = Array(input.dropFirst())
        if mode % 4 != 0 {
            var edits = Edits(file)
            file = encryptedFile
            edits.apply(to: &file)
        }
        let key = dataKey()
        let whole = try? EncryptedFileReader.read(file, dataKey: key, limit: 1 << 20)
        if let whole, whole != content { throw Broken("a changed file opens to other content") }
        guard let reader = try? EncryptedFileReader(start: file, dataKey: key) else { return }
        var stream = EncryptedFileStream(start: Array(file.prefix(reader.framesStart)), reader: reader)
        var found: [UInt8]? = []
        do throws(EncryptedFileProblem) {
            for start in stride(from: reader.framesStart, to: file.count, by: 7 * Int(mode) + 1) {
                found? += try stream.add(Array(file[start..<min(file.count, start + 7 * Int(mode) + 1)]))
            }
            try stream.finish()
        } catch { found = nil }
        guard found == whole else {
            throw Broken("a file is \(whole == nil ? "not " : "")open as a whole, and otherwise in pieces")
        }
    }

    /// A digest says the same however it comes in.
    static let digest = FuzzTarget(name: "digest") { (input) throws(Broken) in
        guard let size = input.first else { return }
        let bytes = Array(input.dropFirst())
        func read(by size: Int) -> String {
            var reader = DigestReader()
            var files = 0
            do throws(DigestReader.Problem) {
                for start in stride(from: 0, to: bytes.count, by: size) {
                    try reader.feed(Array(bytes[start..<min(bytes.count, start + size)])) { _ in files += 1 }
                }
                return "\(files) \(try reader.document())"
            } catch { return "no digest" }
        }
        let (whole, pieces) = (read(by: max(1, bytes.count)), read(by: 1 + Int(size)))
        guard whole == pieces else { throw Broken("whole: \(whole.prefix(500)); in pieces: \(pieces.prefix(500))") }
    }

    /// A list of public keys is taken in or is a finding.
    static let keys = FuzzTarget(name: "keys") { (input) throws(Broken) in
        var keys = PublicKeys(pins: [])
        keys.add(input, from: .found("fuzz"))
        guard !keys.isEmpty || !keys.findings.isEmpty || input.count < 4_096 else {
            throw Broken("neither keys nor findings in \(input.count) bytes")
        }
    }
}
