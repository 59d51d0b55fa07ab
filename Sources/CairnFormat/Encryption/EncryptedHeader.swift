import CairnNative

/// The header of an encrypted file: the AWS Encryption SDK message format, version 2, suite 0x0478.
///
///     02 0478   version, suite AES_256_GCM_HKDF_SHA512_COMMIT_KEY
///     32 bytes  message id
///     2 + N     encryption context
///     2         number of wrapped data keys, each: provider, info, ciphertext with two bytes of length each
///     02        framed
///     4         frame length
///     32        commitment
///     16        GCM tag over the header
///
/// Numbers are most significant byte first. Source: "AWS Encryption SDK message format reference".
package struct EncryptedHeader: Sendable, Equatable {
    package static let version: UInt8 = 2
    package static let suite: UInt16 = 0x0478
    package static let keyCountMax = 8
    package static let dataKeyByteCount = 32
    package static let messageIDByteCount = 32
    package static let commitmentByteCount = 32

    package let messageID: [UInt8]
    package let context: EncryptionContext
    package let dataKeys: [WrappedDataKey]
    package let frameLength: Int
    package let commitment: [UInt8]

    package init(
        messageID: [UInt8], context: EncryptionContext, dataKeys: [WrappedDataKey], frameLength: Int,
        commitment: [UInt8]
    ) {
        precondition(messageID.count == Self.messageIDByteCount && commitment.count == Self.commitmentByteCount)
        precondition((1...Self.keyCountMax).contains(dataKeys.count) && (1...Int(Int32.max)).contains(frameLength))
        self.messageID = messageID
        self.context = context
        self.dataKeys = dataKeys
        self.frameLength = frameLength
        self.commitment = commitment
    }

    /// The header's body: everything but its tag.
    package var body: [UInt8] {
        var bytes: [UInt8] = [Self.version]
        bytes.append(bigEndian: Self.suite)
        bytes += messageID
        bytes.append(bigEndian: UInt16(context.bytes.count))
        bytes += context.bytes
        bytes.append(bigEndian: UInt16(dataKeys.count))
        for key in dataKeys {
            for part in [Array(key.provider.utf8), key.info, key.ciphertext] {
                bytes.append(bigEndian: UInt16(part.count))
                bytes += part
            }
        }
        bytes.append(2)
        bytes.append(bigEndian: UInt32(frameLength))
        return bytes + commitment
    }

    /// Reads a header from the start of `file`. Every length is checked against what is there before it is used.
    ///
    /// - Returns: the header, and how many bytes its body has.
    /// - Throws: ``EncryptedFileProblem/truncated(at:)`` when more bytes could make it whole.
    package static func parse(_ file: [UInt8]) throws(EncryptedFileProblem) -> (header: Self, bodyByteCount: Int) {
        var cursor = ByteCursor(file, 0..<file.count)
        guard let version: UInt8 = cursor.number() else { throw .truncated(at: "the header") }
        guard version == Self.version else {
            throw version == 1 && file.count > 1 && file[1] == 0x80 ? .unknownVersion(version) : .notEncrypted
        }
        guard let suite: UInt16 = cursor.number() else { throw .truncated(at: "the header") }
        guard suite == Self.suite else { throw .unknownSuite(suite) }
        guard let id = cursor.take(messageIDByteCount), let contextCount: UInt16 = cursor.number() else {
            throw .truncated(at: "the header")
        }
        guard let contextRange = cursor.take(Int(contextCount)) else { throw .truncated(at: "the encryption context") }
        guard let keyCount: UInt16 = cursor.number() else { throw .truncated(at: "the header") }
        guard (1...keyCountMax).contains(Int(keyCount)) else { throw .tooManyKeys(Int(keyCount)) }
        var keys: [WrappedDataKey] = []
        for _ in 0..<keyCount {
            var parts: [[UInt8]] = []
            for _ in 0..<3 {
                guard let count: UInt16 = cursor.number(), let range = cursor.take(Int(count)) else {
                    throw .truncated(at: "a wrapped key")
                }
                parts.append(Array(file[range]))
            }
            keys.append(
                WrappedDataKey(
                    provider: String(validating: parts[0], as: UTF8.self) ?? "", info: parts[1], ciphertext: parts[2]))
        }
        guard let type: UInt8 = cursor.number() else { throw .truncated(at: "the header") }
        guard type == 2 else { throw .notFramed(type) }
        guard let frameLength: UInt32 = cursor.number() else { throw .truncated(at: "the header") }
        guard (1...UInt32(Int32.max)).contains(frameLength) else { throw .badFrameLength(frameLength) }
        guard let commitment = cursor.take(commitmentByteCount) else { throw .truncated(at: "the commitment") }
        return (
            Self(
                messageID: Array(file[id]), context: try EncryptionContext(parsing: contextRange, of: file),
                dataKeys: keys, frameLength: Int(frameLength), commitment: Array(file[commitment])),
            cursor.place
        )
    }

    // MARK: What the data key makes

    /// The commitment that stands in the header, and the key that encrypts header tag and frames.
    static func derive(_ dataKey: borrowing Secret, messageID: [UInt8]) -> (commitment: [UInt8], content: KeyMaterial) {
        let commitment = HKDF.derive(
            .sha512, key: dataKey, salt: messageID, info: Array("COMMITKEY".utf8), count: commitmentByteCount)
        var shown: [UInt8] = []
        commitment.withKeyBytes { bytes in for i in bytes.indices { shown.append(bytes[i]) } }
        var info: [UInt8] = []
        info.append(bigEndian: suite)
        info += Array("DERIVEKEY".utf8)
        let content = HKDF.derive(.sha512, key: dataKey, salt: messageID, info: info, count: AESGCM.keyByteCount)
        return (shown, KeyMaterial(content))
    }

    static let headerNonce = [UInt8](repeating: 0, count: AESGCM.nonceByteCount)

    /// The nonce of a frame, which is also stored before it.
    static func nonce(_ sequence: UInt32) -> [UInt8] {
        var nonce = [UInt8](repeating: 0, count: 8)
        nonce.append(bigEndian: sequence)
        return nonce
    }

    private static let frameText = Array("AWSKMSEncryptionClient Frame".utf8)
    private static let finalText = Array("AWSKMSEncryptionClient Final Frame".utf8)

    /// What a frame's tag covers besides its content.
    static func frameAAD(_ messageID: [UInt8], _ sequence: UInt32, byteCount: Int, isFinal: Bool) -> [UInt8] {
        var aad = messageID + (isFinal ? finalText : frameText)
        aad.append(bigEndian: sequence)
        aad.append(bigEndian: UInt64(byteCount))
        return aad
    }
}
