import CairnFormat
import CairnNative

/// How blocks of event history and the wraps of their keys stand in a file.
enum HistoryBlock {
    /// A run has fewer blocks than this; each has four thousand events at most.
    private static let numberBits: Int64 = 20

    static func id(run: Int64, number: Int) -> Int64 { run << numberBits | Int64(number) }

    /// Each run has data keys of its own, and each block of it a nonce.
    static func seal(_ bytes: [UInt8], id: Int64, under cipher: AESGCM) -> [UInt8] {
        cipher.seal(bytes, nonce: nonce(id), aad: [])
    }

    /// Nil when it was changed, or stands where another belongs.
    static func open(_ sealed: [UInt8], id: Int64, under cipher: AESGCM) -> [UInt8]? {
        try? cipher.open(sealed, nonce: nonce(id), aad: [])
    }

    private static func nonce(_ id: Int64) -> [UInt8] {
        var nonce: [UInt8] = [0, 0, 0, 0]
        nonce.append(bigEndian: id)
        return nonce
    }

    // MARK: Wraps

    /// Provider, info and ciphertext, each with two bytes of length before it, most significant first.
    static func bytes(of wrap: WrappedDataKey) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in [Array(wrap.provider.utf8), wrap.info, wrap.ciphertext] {
            bytes.append(bigEndian: UInt16(part.count))
            bytes += part
        }
        return bytes
    }

    static func wrap(_ bytes: [UInt8]) -> WrappedDataKey? {
        var (parts, at): ([[UInt8]], Int) = ([], 0)
        while at + 2 <= bytes.count, parts.count < 3 {
            let count = Int(bytes.bigEndian(at: at, as: UInt16.self))
            at += 2
            guard at + count <= bytes.count else { return nil }
            parts.append(Array(bytes[at..<at + count]))
            at += count
        }
        guard parts.count == 3, at == bytes.count, let provider = String(validating: parts[0], as: UTF8.self) else {
            return nil
        }
        return WrappedDataKey(provider: provider, info: parts[1], ciphertext: parts[2])
    }
}
