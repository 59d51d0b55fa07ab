import CairnNative
import CairnTerminal
import Glibc

/// How far a file was sent, and by what it is recognised: a name alone may stand for another file the next time.
struct SentFile: Codable {
    private static let headByteCountMax = 4_096

    /// The number of the last line or element sent.
    let last: Int
    /// How many bytes at the file's beginning were hashed.
    private let headByteCount: Int
    private let head: SHA256Hash

    init(last: Int, of file: String) throws {
        self.last = last
        let bytes = try Self.beginning(of: file)
        headByteCount = bytes.count
        head = SHA256.hash(bytes)
    }

    /// Where to go on in a file: behind what was sent of it.
    static func last(_ known: SentFile?, of file: String) throws -> Int {
        guard let known else { return 0 }
        let bytes = try beginning(of: file).prefix(known.headByteCount)
        guard bytes.count == known.headByteCount, SHA256.hash(Array(bytes)) == known.head else {
            throw Failure(
                "\(file) is not the file of which \(known.last) were sent before: it begins with other bytes",
                hint: "use another --state for it, or remove its entry to send it from the beginning", exit: .usage)
        }
        return known.last
    }

    private static func beginning(of file: String) throws -> [UInt8] {
        guard file != "-" else { return [] }
        guard let handle = fopen(file, "r") else {
            throw Failure("cannot read \(file): \(String(cString: strerror(errno)))")
        }
        defer { fclose(handle) }
        var bytes = [UInt8](repeating: 0, count: headByteCountMax)
        let count = fread(&bytes, 1, bytes.count, handle)
        return Array(bytes[..<count])
    }
}
