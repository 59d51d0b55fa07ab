import COpenSSL

/// SHA-256 (FIPS 180-4) by OpenSSL.
///
/// Not for use by two tasks at once. One object hashes any number of messages: ``finish()`` begins the next.
package final class SHA256 {
    // Never changed after it is fetched; OpenSSL lets any number of threads use a fetched algorithm.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else {
            preconditionFailure("OpenSSL has no SHA256: check the installation with 'openssl list -digest-algorithms'")
        }
        return algorithm
    }()

    private let context: OpaquePointer

    package init() {
        guard let context = EVP_MD_CTX_new() else { preconditionFailure("no memory for a hash") }
        self.context = context
        begin()
    }

    deinit { EVP_MD_CTX_free(context) }

    private func begin() {
        precondition(EVP_DigestInit_ex2(context, Self.algorithm, nil) == 1, "OpenSSL refuses SHA256")
    }

    package func update(_ bytes: borrowing Span<UInt8>) {
        bytes.withUnsafeBufferPointer { update($0) }
    }

    package func update(_ bytes: [UInt8], _ range: Range<Int>) {
        bytes.withUnsafeBufferPointer { update(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    package func update(_ bytes: [UInt8]) { update(bytes, 0..<bytes.count) }

    private func update(_ bytes: UnsafeBufferPointer<UInt8>) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "OpenSSL fails to hash")
    }

    /// The hash of what was given since the last ``finish()``.
    package func finish() -> SHA256Hash {
        var bytes: [32 of UInt8] = .init(repeating: 0)
        var span = bytes.mutableSpan
        span.withUnsafeMutableBufferPointer { buffer in
            precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "OpenSSL fails to hash")
        }
        begin()
        return SHA256Hash(bytes)
    }

    /// The hash of one message.
    package static func hash(_ bytes: [UInt8]) -> SHA256Hash {
        let hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }
}
