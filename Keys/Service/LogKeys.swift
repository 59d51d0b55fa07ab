import CairnFormat
package import CairnNative
package import CairnSystem

/// Keys for the segments of the log: each segment has a key of its own, which rests in its header, sealed under a log key.
package struct LogKeys: Sendable {
    /// Why a segment's key does not open.
    package enum Problem: Error, Equatable, Sendable {
        /// Sealed under a version of the log key that this process does not hold.
        case unknownVersion(UInt32)
        case notAuthentic
    }

    /// How many bytes a sealed segment key has: version (4), commitment (32), nonce (12), key and tag (48).
    package static let recordByteCount = 4 + SealedRecord.commitmentCount + 12 + 48

    private let keys: [UInt32: SealingKey]
    private let current: UInt32
    private let random: any RandomSource

    /// - Parameter keys: 32 bytes each; the test kit brings its own.
    package init(_ keys: [UInt32: KeyMaterial], current: UInt32, random: any RandomSource) {
        var sealing: [UInt32: SealingKey] = [:]
        for (version, key) in keys { sealing[version] = SealingKey(label: "log/\(version)", key) }
        precondition(sealing[current] != nil, "the current log key is at hand")
        self.keys = sealing
        self.current = current
        self.random = random
    }

    /// A fresh key for a segment, and its record for the header.
    ///
    /// - Parameter subject: what the record is bound to: the log, the segment's id, its first sequence.
    package func make(subject: [UInt8]) -> (key: KeyMaterial, record: [UInt8]) {
        guard let sealing = keys[current] else { preconditionFailure("the current log key is at hand") }
        let key = KeyMaterial(
            Secret(count: AESGCM.keyByteCount) { (bytes: inout MutableSpan<UInt8>) in random.fill(&bytes) })
        var record: [UInt8] = []
        record.append(number: current)
        record += sealing.commitment
        let nonce = random.bytes(AESGCM.nonceByteCount)
        let aad = record + subject
        record += nonce
        record += sealing.cipher.seal(key.secret, nonce: nonce, aad: aad)
        return (key, record)
    }

    package func open(_ record: [UInt8], subject: [UInt8]) throws(Problem) -> KeyMaterial {
        guard record.count == Self.recordByteCount else { throw .notAuthentic }
        let version: UInt32 = record.number(at: 0)
        guard let sealing = keys[version] else { throw .unknownVersion(version) }
        let headEnd = 4 + SealedRecord.commitmentCount
        guard ConstantTime.equal(Array(record[4..<headEnd]), sealing.commitment) else { throw .notAuthentic }
        do throws(AESGCM.NotAuthentic) {
            return KeyMaterial(
                try sealing.cipher.openSecret(
                    Array(record[(headEnd + 12)...]), nonce: Array(record[headEnd..<headEnd + 12]),
                    aad: Array(record[..<headEnd]) + subject))
        } catch { throw .notAuthentic }
    }
}
