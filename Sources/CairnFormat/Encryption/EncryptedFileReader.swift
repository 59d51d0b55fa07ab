package import CairnNative

/// Opens encrypted files strictly, once their data key is at hand. Not for use by two tasks at once.
///
/// The order is the reference's: the header's form, its commitment (in constant time, before anything is decrypted), its
/// tag, then frame by frame. Nothing of a frame is given out before the frame is verified.
package final class EncryptedFileReader {
    package let header: EncryptedHeader
    /// Where the first frame begins in the file.
    package let framesStart: Int
    private let cipher: AESGCM

    /// A verified frame.
    package struct Frame: Sendable, Equatable {
        package let content: [UInt8]
        package let isFinal: Bool
        /// Where the next one begins, counted from the frame's start.
        package let byteCount: Int
    }

    /// - Parameters:
    ///   - start: the file's beginning, at least to behind the header's tag.
    ///   - dataKey: what one of the header's wrapped keys opened to.
    package init(start: [UInt8], dataKey: borrowing Secret) throws(EncryptedFileProblem) {
        let (header, bodyByteCount) = try EncryptedHeader.parse(start)
        let keys = EncryptedHeader.derive(dataKey, messageID: header.messageID)
        guard ConstantTime.equal(keys.commitment, header.commitment) else { throw .wrongCommitment }
        cipher = AESGCM(keys.content)
        framesStart = bodyByteCount + AESGCM.tagByteCount
        guard start.count >= framesStart else { throw .truncated(at: "the header's tag") }
        do throws(AESGCM.NotAuthentic) {
            _ = try cipher.open(
                Array(start[bodyByteCount..<framesStart]), nonce: EncryptedHeader.headerNonce,
                aad: Array(start[..<bodyByteCount]))
        } catch { throw .headerNotAuthentic }
        self.header = header
    }

    /// Where regular frame `number`, counted from 1, begins in the file: any one can be fetched and verified alone.
    package func start(ofFrame number: Int) -> Int {
        framesStart + (number - 1) * (header.frameLength + EncryptedFileWriter.frameOverhead)
    }

    /// Verifies and opens the frame that begins at `offset` of `bytes`, which must be number `number`.
    ///
    /// - Throws: ``EncryptedFileProblem/truncated(at:)`` when more bytes could make it whole.
    package func frame(_ number: UInt32, at offset: Int, of bytes: [UInt8]) throws(EncryptedFileProblem) -> Frame {
        let shape = try shape(number, at: offset, of: bytes)
        var problem: EncryptedFileProblem?
        let content = [UInt8](capacity: shape.count) { (output: inout OutputSpan<UInt8>) in
            do throws(EncryptedFileProblem) { try open(number, shape, bytes, to: &output) } catch { problem = error }
        }
        if let problem { throw problem }
        return Frame(content: content, isFinal: shape.isFinal, byteCount: shape.end - offset)
    }

    /// Opens the rest of a file whole: every frame from the first to the final one, and nothing behind it.
    ///
    /// - Parameters:
    ///   - file: the whole file.
    ///   - limit: the largest content to give, in bytes.
    package func content(of file: [UInt8], limit: Int) throws(EncryptedFileProblem) -> [UInt8] {
        // Never more than what is there: a header cannot make us set room aside.
        let capacity = max(0, file.count - framesStart)
        guard capacity <= limit + capacity / 2 + 4_096 else { throw .tooLarge(limit: limit) }
        var problem: EncryptedFileProblem?
        let content = [UInt8](capacity: capacity) { (output: inout OutputSpan<UInt8>) in
            do throws(EncryptedFileProblem) {
                var offset = framesStart
                var number: UInt32 = 1
                while true {
                    let shape = try shape(number, at: offset, of: file)
                    guard output.count + shape.count <= limit else { throw EncryptedFileProblem.tooLarge(limit: limit) }
                    try open(number, shape, file, to: &output)
                    offset = shape.end
                    if shape.isFinal { break }
                    number += 1
                }
                if offset < file.count { throw EncryptedFileProblem.trailingBytes(file.count - offset) }
            } catch {
                problem = error
                output.removeAll()
            }
        }
        if let problem { throw problem }
        return content
    }

    /// Opens a whole file.
    package static func read(
        _ file: [UInt8], dataKey: borrowing Secret, limit: Int
    ) throws(EncryptedFileProblem) -> [UInt8] {
        try EncryptedFileReader(start: file, dataKey: dataKey).content(of: file, limit: limit)
    }

    // MARK: Frames

    private struct Shape {
        var isFinal: Bool
        var start: Int
        var count: Int
        var end: Int { start + count + AESGCM.tagByteCount }
    }

    /// Where a frame's content stands; everything before it has been checked.
    private func shape(_ number: UInt32, at offset: Int, of bytes: [UInt8]) throws(EncryptedFileProblem) -> Shape {
        var cursor = ByteCursor(bytes, min(offset, bytes.count)..<bytes.count)
        let cut = "frame \(number)"
        guard var found: UInt32 = cursor.number() else { throw .truncated(at: cut) }
        // What begins with ffffffff is the final frame, whatever number it has.
        let isFinal = found == .max
        if isFinal {
            guard let number: UInt32 = cursor.number() else { throw .truncated(at: cut) }
            found = number
        }
        guard let nonce = cursor.take(AESGCM.nonceByteCount) else { throw .truncated(at: cut) }
        guard found == number, number != .max, bytes.equals(EncryptedHeader.nonce(number), in: nonce) else {
            throw .frameOutOfOrder(expected: number, found: found)
        }
        var count = header.frameLength
        if isFinal {
            guard let length: UInt32 = cursor.number() else { throw .truncated(at: cut) }
            guard length <= UInt32(header.frameLength) else { throw .frameTooLong(number, byteCount: Int(length)) }
            count = Int(length)
        }
        guard let content = cursor.take(count), cursor.take(AESGCM.tagByteCount) != nil else {
            throw .truncated(at: cut)
        }
        return Shape(isFinal: isFinal, start: content.lowerBound, count: count)
    }

    private func open(
        _ number: UInt32, _ shape: Shape, _ bytes: [UInt8], to output: inout OutputSpan<UInt8>
    ) throws(EncryptedFileProblem) {
        let aad = EncryptedHeader.frameAAD(header.messageID, number, byteCount: shape.count, isFinal: shape.isFinal)
        do throws(AESGCM.NotAuthentic) {
            try cipher.open(bytes, shape.start..<shape.end, nonce: EncryptedHeader.nonce(number), aad: aad, to: &output)
        } catch { throw .frameNotAuthentic(number) }
    }
}
