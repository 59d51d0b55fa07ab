import CairnNative
import Synchronization

/// Watches what is written into segments of logs: no nonce is used for two texts (I6).
///
/// Read by the format alone (ARCHITECTURE.md): a frame is sealed under a key of its segment's id, with its sequence as nonce.
final class NonceWatch: Sendable {
    private struct Nonce: Hashable {
        var segment: ArraySlice<UInt8>
        var sequence: UInt64
    }

    private static let magic = Array("FRM2".utf8)
    private static let headerByteCount = 72
    private static let tagByteCount = 16

    private let seen = Mutex<[Nonce: SHA256Hash]>([:])

    /// The sequence of a frame among `bytes` whose nonce has sealed something else before; nil: there is none.
    func reuse(in bytes: [UInt8]) -> UInt64? {
        var at = 0
        while at + Self.headerByteCount + Self.tagByteCount <= bytes.count, bytes[at..<at + 4].elementsEqual(Self.magic)
        {
            let end = at + Self.headerByteCount + Int(bytes.number(at: at + 4, as: UInt32.self)) + Self.tagByteCount
            guard end <= bytes.count else { return nil }
            let nonce = Nonce(
                segment: bytes[at + 56..<at + 72], sequence: bytes.number(at: at + 16, as: UInt64.self))
            let sealed = SHA256.hash(Array(bytes[at + Self.headerByteCount..<end]))
            let known = seen.withLock { seen in
                defer { seen[nonce] = seen[nonce] ?? sealed }
                return seen[nonce]
            }
            if let known, known != sealed { return nonce.sequence }
            at = end
        }
        return nil
    }
}
