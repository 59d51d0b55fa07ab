import CairnKeys
import CairnNative

/// Seals and opens the frames of one log's segments. Not for use by two tasks at once.
final class SegmentSeal {
    /// What the nonce of a header is: no frame has this sequence.
    static let headerSequence = UInt64.max

    private let keys: LogKeys
    /// Names the log in keys and in what seals cover: `log/0`, `delivered/0`, `topics/<name>/0`.
    let name: String
    private var ciphers: [Segment: AESGCM] = [:]

    private struct Segment: Hashable {
        var id: LogID
        var version: UInt16
    }

    /// - Parameter directory: where the log lies. Its name is the last parts of the path, so that a data directory may be
    ///   moved, and a log within it not.
    init(keys: LogKeys, directory: String) {
        self.keys = keys
        let parts = directory.split(separator: "/").map(String.init)
        name = parts.suffix(parts.count > 2 && parts[parts.count - 3] == "topics" ? 3 : 2).joined(separator: "/")
    }

    var version: UInt16 { keys.current }

    /// Nil when the version of the log key is not at hand.
    private func cipher(_ id: LogID, _ version: UInt16) -> AESGCM? {
        let segment = Segment(id: id, version: version)
        if let known = ciphers[segment] { return known }
        guard let key = keys.segmentKey(version: version, id: id.bytes, log: name) else { return nil }
        // Readers meet one segment after another.
        if ciphers.count >= 16 { ciphers = [:] }
        let cipher = AESGCM(key)
        ciphers[segment] = cipher
        return cipher
    }

    private static func nonce(_ sequence: UInt64) -> [UInt8] {
        var nonce: [UInt8] = [0, 0, 0, 0]
        nonce.append(number: sequence)
        return nonce
    }

    private func aad(_ head: [UInt8]) -> [UInt8] { Array(name.utf8) + head }

    /// Seals `range` where it stands; the tag goes behind it.
    ///
    /// - Parameter sequence: no two frames of a segment have the same one.
    func seal(_ bytes: inout [UInt8], _ range: Range<Int>, segment: LogID, sequence: UInt64, head: [UInt8]) {
        guard let cipher = cipher(segment, keys.current) else { preconditionFailure("the current log key is at hand") }
        cipher.sealInPlace(&bytes, range, nonce: Self.nonce(sequence), aad: aad(head))
    }

    /// Opens `range` where it stands, whose tag is behind it.
    ///
    /// - Returns: why it does not open; nil when it does.
    func open(
        _ bytes: inout [UInt8], _ range: Range<Int>, segment: LogID, version: UInt16, sequence: UInt64, head: [UInt8]
    ) -> String? {
        guard let cipher = cipher(segment, version) else {
            return "it is sealed under version \(version) of the log key, which is not in the keyring"
        }
        do throws(AESGCM.NotAuthentic) {
            try cipher.openInPlace(&bytes, range, nonce: Self.nonce(sequence), aad: aad(head))
            return nil
        } catch {
            return "the seal does not hold: it was changed, or sealed under another key"
        }
    }
}
