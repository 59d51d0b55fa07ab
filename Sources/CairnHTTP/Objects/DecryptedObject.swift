import CairnFormat
import CairnObjects

/// An encrypted log file that is read in clear, piece by piece. Nothing of a frame is given out before it is verified.
// The reader's cipher is used by one task alone, which writes the answer.
struct DecryptedObject: @unchecked Sendable {
    let file: BucketFile
    let location: ObjectLocation
    let layout: EncryptedLayout
    let reader: EncryptedFileReader

    /// The parts of the content that are read one after the other, each of about so many bytes.
    func pieces(of part: Range<Int>, byteCount: Int) -> [Range<Int>] {
        let step = max(1, byteCount / layout.frameLength) * layout.frameLength
        var pieces: [Range<Int>] = []
        var at = part.lowerBound
        while at < part.upperBound {
            let end = min((at / step + 1) * step, part.upperBound)
            pieces.append(at..<end)
            at = end
        }
        return pieces
    }

    /// A part of the content.
    ///
    /// - Throws: when a frame of it does not verify, or the file ends before its final one.
    func read(_ part: Range<Int>) async throws -> [UInt8] {
        let (stored, frames) = layout.place(of: part)
        let bytes = try await file.read(stored, location)
        var content: [UInt8] = []
        content.reserveCapacity(part.count)
        var offset = 0
        for number in frames {
            let frame = try reader.frame(UInt32(number), at: offset, of: bytes)
            guard frame.isFinal == (number > layout.frameCount) else {
                throw EncryptedFileProblem.truncated(at: "frame \(number)")
            }
            offset += frame.byteCount
            let place = (number - 1) * layout.frameLength
            let wanted = part.clamped(to: place..<place + frame.content.count)
            content += frame.content[wanted.lowerBound - place..<wanted.upperBound - place]
        }
        return content
    }
}
