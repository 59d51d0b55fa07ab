import COpenSSL

/// AES-256-GCM (NIST SP 800-38D) under one key, with nonces of 12 bytes and tags of 16, by OpenSSL.
///
/// Not for use by two tasks at once. The key is set up once, each message sets its nonce only. Whoever seals sees to it
/// that no nonce comes twice under a key.
package final class AESGCM {
    /// The tag does not fit: another key, another nonce, other associated data, or other bytes.
    package struct NotAuthentic: Error, Equatable {
        package init() {}
    }

    package static let keyByteCount = 32
    package static let nonceByteCount = 12
    package static let tagByteCount = 16

    // Never changed after it is fetched; OpenSSL lets any number of threads use a fetched algorithm.
    private nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil) else {
            preconditionFailure("OpenSSL has no AES-256-GCM: check with 'openssl list -cipher-algorithms'")
        }
        return algorithm
    }()

    private let key: KeyMaterial
    private var sealing: OpaquePointer?
    private var opening: OpaquePointer?

    package convenience init(key: borrowing Secret) { self.init(KeyMaterial(key.copy())) }

    /// - Parameter key: of 32 bytes.
    package init(_ key: KeyMaterial) {
        precondition(key.secret.count == Self.keyByteCount, "AES-256 has keys of 32 bytes")
        self.key = key
    }

    deinit {
        EVP_CIPHER_CTX_free(sealing)
        EVP_CIPHER_CTX_free(opening)
    }

    // MARK: Whole messages

    /// The ciphertext and its tag behind it.
    package func seal(_ plaintext: [UInt8], nonce: [UInt8], aad: [UInt8]) -> [UInt8] {
        plaintext.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: input.count + Self.tagByteCount) { output, count in
                seal(input.baseAddress, input.count, nonce, aad, to: output.baseAddress!)
                count = input.count + Self.tagByteCount
            }
        }
    }

    /// - Parameter sealed: the ciphertext and its tag behind it.
    package func open(_ sealed: [UInt8], nonce: [UInt8], aad: [UInt8]) throws(NotAuthentic) -> [UInt8] {
        guard sealed.count >= Self.tagByteCount else { throw NotAuthentic() }
        let length = sealed.count - Self.tagByteCount
        var isAuthentic = false
        let plaintext = sealed.withUnsafeBufferPointer { input in
            [UInt8](unsafeUninitializedCapacity: max(length, 1)) { output, count in
                isAuthentic = open(
                    input.baseAddress!, length, tag: input.baseAddress! + length, nonce, aad, to: output.baseAddress!)
                count = isAuthentic ? length : 0
            }
        }
        guard isAuthentic else { throw NotAuthentic() }
        return plaintext
    }

    /// A key's ciphertext and its tag behind it.
    package func seal(_ secret: borrowing Secret, nonce: [UInt8], aad: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: secret.count + Self.tagByteCount) { output, count in
            secret.withPointer { seal($0, secret.count, nonce, aad, to: output.baseAddress!) }
            count = secret.count + Self.tagByteCount
        }
    }

    /// Opens a sealed key straight into the arena.
    package func openSecret(_ sealed: [UInt8], nonce: [UInt8], aad: [UInt8]) throws(NotAuthentic) -> Secret {
        guard sealed.count > Self.tagByteCount else { throw NotAuthentic() }
        let length = sealed.count - Self.tagByteCount
        return try Secret(count: length) { (bytes) throws(NotAuthentic) in
            let isAuthentic = bytes.withUnsafeMutableBufferPointer { output in
                sealed.withUnsafeBufferPointer { input in
                    open(
                        input.baseAddress!, length, tag: input.baseAddress! + length, nonce, aad,
                        to: output.baseAddress!)
                }
            }
            guard isAuthentic else { throw NotAuthentic() }
        }
    }

    // MARK: Pieces of larger buffers

    /// Appends the ciphertext of `range` of `plaintext`, and its tag.
    package func seal(
        _ plaintext: [UInt8], _ range: Range<Int>, nonce: [UInt8], aad: [UInt8], to output: inout OutputSpan<UInt8>
    ) {
        precondition(output.freeCapacity >= range.count + Self.tagByteCount, "no room for a sealed piece")
        plaintext.withUnsafeBufferPointer { input in
            let piece = UnsafeBufferPointer(rebasing: input[range])
            output.withUnsafeMutableBufferPointer { buffer, count in
                seal(piece.baseAddress, piece.count, nonce, aad, to: buffer.baseAddress! + count)
                count += piece.count + Self.tagByteCount
            }
        }
    }

    /// Appends the plaintext of `range` of `sealed`, which is ciphertext and tag; nothing when that is not authentic.
    package func open(
        _ sealed: [UInt8], _ range: Range<Int>, nonce: [UInt8], aad: [UInt8], to output: inout OutputSpan<UInt8>
    ) throws(NotAuthentic) {
        let length = range.count - Self.tagByteCount
        guard length >= 0 else { throw NotAuthentic() }
        precondition(output.freeCapacity >= length, "no room for an opened piece")
        let isAuthentic = sealed.withUnsafeBufferPointer { input in
            let piece = UnsafeBufferPointer(rebasing: input[range])
            return output.withUnsafeMutableBufferPointer { buffer, count in
                var nothing: UInt8 = 0
                let isAuthentic = withUnsafeMutablePointer(to: &nothing) { spare in
                    open(
                        piece.baseAddress!, length, tag: piece.baseAddress! + length, nonce, aad,
                        to: buffer.baseAddress.map { $0 + count } ?? spare)
                }
                if isAuthentic { count += length }
                return isAuthentic
            }
        }
        guard isAuthentic else { throw NotAuthentic() }
    }

    /// Encrypts `range` where it stands and writes the tag to the 16 bytes behind it.
    package func sealInPlace(_ bytes: inout [UInt8], _ range: Range<Int>, nonce: [UInt8], aad: [UInt8]) {
        precondition(range.upperBound + Self.tagByteCount <= bytes.count, "no room for the tag")
        bytes.withUnsafeMutableBufferPointer { buffer in
            let start = buffer.baseAddress! + range.lowerBound
            seal(start, range.count, nonce, aad, to: start)
        }
    }

    /// Decrypts `range` where it stands, whose tag is the 16 bytes behind it.
    ///
    /// When it is not authentic, `range` is zeroed: nothing unverified can be read there.
    package func openInPlace(
        _ bytes: inout [UInt8], _ range: Range<Int>, nonce: [UInt8], aad: [UInt8]
    ) throws(NotAuthentic) {
        guard range.upperBound + Self.tagByteCount <= bytes.count else { throw NotAuthentic() }
        let isAuthentic = bytes.withUnsafeMutableBufferPointer { buffer in
            let start = buffer.baseAddress! + range.lowerBound
            return open(start, range.count, tag: start + range.count, nonce, aad, to: start)
        }
        guard isAuthentic else { throw NotAuthentic() }
    }

    // MARK: OpenSSL

    private func context(_ isSealing: Bool) -> OpaquePointer {
        if let made = isSealing ? sealing : opening { return made }
        guard let made = EVP_CIPHER_CTX_new() else { preconditionFailure("no memory for a cipher") }
        let done = key.secret.withPointer { EVP_CipherInit_ex2(made, Self.algorithm, $0, nil, isSealing ? 1 : 0, nil) }
        precondition(done == 1, "OpenSSL refuses AES-256-GCM")
        if isSealing { sealing = made } else { opening = made }
        return made
    }

    private func begin(_ context: OpaquePointer, _ isSealing: Bool, _ nonce: [UInt8], _ aad: [UInt8]) {
        precondition(nonce.count == Self.nonceByteCount, "AES-GCM has nonces of 12 bytes here")
        precondition(
            EVP_CipherInit_ex2(context, nil, nil, nonce, isSealing ? 1 : 0, nil) == 1, "OpenSSL refuses a nonce")
        var count: Int32 = 0
        if !aad.isEmpty {
            precondition(EVP_CipherUpdate(context, nil, &count, aad, Int32(aad.count)) == 1, "OpenSSL refuses data")
        }
    }

    private func seal(
        _ input: UnsafePointer<UInt8>?, _ length: Int, _ nonce: [UInt8], _ aad: [UInt8],
        to output: UnsafeMutablePointer<UInt8>
    ) {
        let context = context(true)
        begin(context, true, nonce, aad)
        var count: Int32 = 0
        if length > 0 {
            precondition(EVP_CipherUpdate(context, output, &count, input, Int32(length)) == 1, "OpenSSL fails to seal")
        }
        precondition(EVP_CipherFinal_ex(context, output + length, &count) == 1, "OpenSSL fails to seal")
        let tag = Int32(Self.tagByteCount)
        precondition(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag, output + length) == 1, "OpenSSL gives no tag")
    }

    private func open(
        _ input: UnsafePointer<UInt8>, _ length: Int, tag: UnsafePointer<UInt8>, _ nonce: [UInt8], _ aad: [UInt8],
        to output: UnsafeMutablePointer<UInt8>
    ) -> Bool {
        // Decrypting in place must not lose the tag that stands behind: it is taken before.
        let context = context(false)
        begin(context, false, nonce, aad)
        let size = Int32(Self.tagByteCount)
        precondition(
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, size, UnsafeMutableRawPointer(mutating: tag)) == 1,
            "OpenSSL takes no tag")
        var count: Int32 = 0
        if length > 0 {
            precondition(EVP_CipherUpdate(context, output, &count, input, Int32(length)) == 1, "OpenSSL fails to open")
        }
        var rest: (UInt64, UInt64) = (0, 0)
        let isAuthentic = withUnsafeMutableBytes(of: &rest) { spare in
            EVP_CipherFinal_ex(context, spare.baseAddress!.assumingMemoryBound(to: UInt8.self), &count) == 1
        }
        if !isAuthentic { OPENSSL_cleanse(output, length) }
        return isAuthentic
    }
}
