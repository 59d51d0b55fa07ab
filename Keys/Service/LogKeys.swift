import CairnFormat
package import CairnNative

/// Keys for the segments of logs. Each segment has a key of its own, derived from a log key and the segment's random id,
/// so that no nonce of one segment can meet one of another.
package struct LogKeys: Sendable {
    private let keys: [UInt16: KeyMaterial]
    /// The version that new segments use.
    package let current: UInt16

    /// - Parameter keys: 32 bytes each, by version.
    package init(_ keys: [UInt16: KeyMaterial], current: UInt16) {
        precondition(keys[current] != nil, "the current log key is at hand")
        self.keys = keys
        self.current = current
    }

    /// The key of a segment; nil when the log key's version is not at hand.
    ///
    /// - Parameters:
    ///   - id: the segment's 16 random bytes.
    ///   - log: which log it belongs to: a segment that is moved into another log does not open there.
    package func segmentKey(version: UInt16, id: [UInt8], log: String) -> KeyMaterial? {
        guard let key = keys[version] else { return nil }
        return KeyMaterial(
            HKDF.derive(
                .sha512, key: key.secret, salt: id, info: Array("cairn segment \(log)".utf8),
                count: AESGCM.keyByteCount))
    }
}
