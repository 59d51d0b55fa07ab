import CairnNative
import CairnObjects

/// The first 16 bytes of the SHA-256 of an object's name: what is remembered of files that digests list.
struct NameHash: Sendable, Hashable {
    let high: UInt64
    let low: UInt64

    init(_ location: ObjectLocation) {
        let hash = SHA256.hash(Array("\(location)".utf8))
        (high, low) = (hash.word(0), hash.word(1))
    }
}
