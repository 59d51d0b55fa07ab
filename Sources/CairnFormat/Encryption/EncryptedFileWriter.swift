package import CairnNative

/// Writes encrypted files. One allocation holds the file, and the cipher writes straight into it.
package enum EncryptedFileWriter {
    /// Plaintext bytes of every frame but the last.
    package static let frameLength = 65_536

    /// How many bytes a frame has besides its content.
    static let frameOverhead = 16 + AESGCM.tagByteCount
    static let finalFrameOverhead = 24 + AESGCM.tagByteCount

    /// - Parameters:
    ///   - dataKey: 32 random bytes that were never used before.
    ///   - messageID: 32 random bytes that were never used before.
    ///   - wraps: the data key under every key that may open the file, each made with `context`.
    package static func write(
        _ plaintext: [UInt8], context: EncryptionContext, dataKey: borrowing Secret, messageID: [UInt8],
        wraps: [WrappedDataKey], frameLength: Int = EncryptedFileWriter.frameLength
    ) -> [UInt8] {
        let keys = EncryptedHeader.derive(dataKey, messageID: messageID)
        let header = EncryptedHeader(
            messageID: messageID, context: context, dataKeys: wraps, frameLength: frameLength,
            commitment: keys.commitment)
        let body = header.body
        let cipher = AESGCM(keys.content)
        // The last frame holds 1 to F bytes, or none when there is nothing at all.
        let regularCount = plaintext.isEmpty ? 0 : (plaintext.count - 1) / frameLength
        precondition(regularCount < UInt32.max, "a file has fewer than 2^32 frames")
        let total =
            body.count + AESGCM.tagByteCount + plaintext.count + regularCount * frameOverhead + finalFrameOverhead
        return [UInt8](capacity: total) { (output: inout OutputSpan<UInt8>) in
            for byte in body { output.append(byte) }
            cipher.seal([], 0..<0, nonce: EncryptedHeader.headerNonce, aad: body, to: &output)
            for index in 0...regularCount {
                let isFinal = index == regularCount
                let sequence = UInt32(index + 1)
                let range = index * frameLength..<(isFinal ? plaintext.count : (index + 1) * frameLength)
                let nonce = EncryptedHeader.nonce(sequence)
                var head: [UInt8] = []
                if isFinal { head.append(bigEndian: UInt32.max) }
                head.append(bigEndian: sequence)
                head += nonce
                if isFinal { head.append(bigEndian: UInt32(range.count)) }
                for byte in head { output.append(byte) }
                let aad = EncryptedHeader.frameAAD(messageID, sequence, byteCount: range.count, isFinal: isFinal)
                cipher.seal(plaintext, range, nonce: nonce, aad: aad, to: &output)
            }
        }
    }
}
