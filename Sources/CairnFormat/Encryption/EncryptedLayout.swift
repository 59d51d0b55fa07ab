import CairnNative

/// Where the frames of an encrypted file stand, as its size and its header say: what is read of it is verified frame by frame.
package struct EncryptedLayout: Sendable, Equatable {
    /// Where the first frame begins.
    package let framesStart: Int
    package let frameLength: Int
    /// Regular frames, before the final one.
    package let frameCount: Int
    /// Of the content.
    package let byteCount: Int

    private static let finalOverhead = EncryptedFileWriter.finalFrameOverhead

    /// Nil when no file of that size has such a header.
    ///
    /// - Parameters:
    ///   - start: the file's beginning, at least to behind the header's tag.
    ///   - fileByteCount: of the whole file.
    package init?(start: [UInt8], fileByteCount: Int) {
        guard let (header, bodyByteCount) = try? EncryptedHeader.parse(start) else { return nil }
        framesStart = bodyByteCount + AESGCM.tagByteCount
        frameLength = header.frameLength
        let rest = fileByteCount - framesStart - Self.finalOverhead
        guard rest >= 0 else { return nil }
        let stored = frameLength + EncryptedFileWriter.frameOverhead
        frameCount = rest / stored
        guard rest % stored <= frameLength else { return nil }
        byteCount = frameCount * frameLength + rest % stored
    }

    /// Where in the file the frames stand that hold a part of the content, and their numbers, counted from 1.
    package func place(of content: Range<Int>) -> (stored: Range<Int>, frames: ClosedRange<Int>) {
        let first = min(content.lowerBound / frameLength, frameCount)
        let last = min(max(content.upperBound - 1, content.lowerBound) / frameLength, frameCount)
        let stored = frameLength + EncryptedFileWriter.frameOverhead
        let end =
            last == frameCount
            ? framesStart + frameCount * stored + Self.finalOverhead + (byteCount - frameCount * frameLength)
            : framesStart + (last + 1) * stored
        return (framesStart + first * stored..<end, first + 1...last + 1)
    }
}
