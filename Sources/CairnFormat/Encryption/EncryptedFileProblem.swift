/// Why an encrypted file is not acceptable.
package indirect enum EncryptedFileProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case notEncrypted
    case unknownVersion(UInt8)
    case unknownSuite(UInt16)
    /// The file ends before something that must be there.
    case truncated(at: String)
    case badContext(String)
    case tooManyKeys(Int)
    case notFramed(UInt8)
    case badFrameLength(UInt32)
    /// None of the wrapped keys opens under a key that is at hand.
    case noKey(wraps: [String])
    /// The header names another key than the one that the data key makes.
    case wrongCommitment
    case headerNotAuthentic
    case frameOutOfOrder(expected: UInt32, found: UInt32)
    case frameNotAuthentic(UInt32)
    case frameTooLong(UInt32, byteCount: Int)
    case trailingBytes(Int)
    case tooLarge(limit: Int)
    /// The context is not the one that was expected.
    case otherContext(expected: String, found: String)

    package var description: String {
        switch self {
        case .notEncrypted: "it is no encrypted file: it does not begin with version 2 of the message format"
        case .unknownVersion(let version):
            "it is an encrypted message of version \(version); only version 2 is read, which commits to its key"
        case .unknownSuite(let suite):
            "it is encrypted with suite 0x\(String(suite, radix: 16)); only 0x478 is read, which commits to its key"
        case .truncated(let place): "it ends too early: \(place) is cut off"
        case .badContext(let reason): "its encryption context is malformed: \(reason)"
        case .tooManyKeys(let count):
            "it says it has \(count) wrapped keys; 1 to \(EncryptedHeader.keyCountMax) are read"
        case .notFramed(let type): "its content type is \(type); only 2, framed content, is read"
        case .badFrameLength(let length): "its frame length is \(length); 1 to 2147483647 are read"
        case .noKey(let wraps): "none of its wrapped keys can be opened here: \(wraps.joined(separator: "; "))"
        case .wrongCommitment: "the data key is not the one that the file was encrypted under"
        case .headerNotAuthentic: "its header was changed"
        case .frameOutOfOrder(let expected, let found): "frame \(expected) is missing: \(found) stands in its place"
        case .frameNotAuthentic(let number): "frame \(number) was changed"
        case .frameTooLong(let number, let count):
            "frame \(number) says it has \(count) bytes, more than its frame length"
        case .trailingBytes(let count): "\(count) bytes stand behind its end"
        case .tooLarge(let limit): "its content is larger than \(limit) bytes"
        case .otherContext(let expected, let found):
            "it is another file than its name says: its context is (\(found)), expected (\(expected))"
        }
    }
}
