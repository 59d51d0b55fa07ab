import COpenSSL

/// Key bytes. They stand in ``SecretArena`` alone, are zeroed at the end, and cannot be printed or copied by accident.
///
/// It holds a pointer, never the bytes themselves: a move of a value leaves its bits behind. Whoever must keep one in a
/// collection uses ``KeyMaterial``.
// The bytes are written before the initialiser returns and never changed after.
package struct Secret: ~Copyable, @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer
    /// How many bytes.
    package let count: Int

    /// A secret of `count` bytes, which begin as zeros.
    package init<Failure: Error>(
        count: Int, _ fill: (inout MutableSpan<UInt8>) throws(Failure) -> Void
    ) throws(Failure) {
        precondition(count > 0, "a secret has bytes")
        let pointer = SecretArena.allocate(count)
        let bytes = UnsafeMutableBufferPointer(start: pointer.assumingMemoryBound(to: UInt8.self), count: count)
        bytes.initialize(repeating: 0)
        do throws(Failure) {
            var span = MutableSpan(_unsafeElements: bytes)
            try fill(&span)
        } catch {
            SecretArena.release(pointer)
            throw error
        }
        self.pointer = pointer
        self.count = count
    }

    /// A copy of bytes that stand elsewhere.
    package init(_ bytes: borrowing Span<UInt8>) {
        let pointer = SecretArena.allocate(bytes.count)
        bytes.withUnsafeBytes { if let base = $0.baseAddress { pointer.copyMemory(from: base, byteCount: $0.count) } }
        self.pointer = pointer
        count = bytes.count
    }

    deinit { SecretArena.release(pointer) }

    /// The bytes, while `body` runs.
    package func withKeyBytes<Result: ~Copyable, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(Span(_unsafeStart: UnsafePointer(pointer.assumingMemoryBound(to: UInt8.self)), count: count))
    }

    func withPointer<Result: ~Copyable>(_ body: (UnsafePointer<UInt8>) -> Result) -> Result {
        body(UnsafePointer(pointer.assumingMemoryBound(to: UInt8.self)))
    }

    package func copy() -> Secret { withKeyBytes { Secret($0) } }

    /// Whether both hold the same bytes, in a time that tells nothing of them.
    package func equals(_ other: borrowing Secret) -> Bool {
        guard count == other.count else { return false }
        return CRYPTO_memcmp(pointer, other.pointer, count) == 0
    }
}
