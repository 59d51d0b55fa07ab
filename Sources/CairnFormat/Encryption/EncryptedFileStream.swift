import CairnNative

/// Opens an encrypted file that comes in pieces. Memory is one frame and one piece, whatever the file's size.
package struct EncryptedFileStream {
    private let reader: EncryptedFileReader
    private var pending: [UInt8]
    private var number: UInt32 = 1
    private var isFinished = false

    /// - Parameter start: the file's beginning, at least its whole header with its tag; the pieces go on behind it.
    package init(start: [UInt8], reader: EncryptedFileReader) {
        self.reader = reader
        pending = Array(start.dropFirst(reader.framesStart))
    }

    /// Takes the next piece of the file, and gives the content of the frames that are whole and verified by now.
    package mutating func add(_ piece: [UInt8]) throws(EncryptedFileProblem) -> [UInt8] {
        pending += piece
        var content: [UInt8] = []
        var offset = 0
        while !isFinished {
            let frame: EncryptedFileReader.Frame
            do throws(EncryptedFileProblem) {
                frame = try reader.frame(number, at: offset, of: pending)
            } catch {
                guard case .truncated = error else { throw error }
                break
            }
            content += frame.content
            offset += frame.byteCount
            isFinished = frame.isFinal
            number &+= 1
        }
        pending.removeFirst(offset)
        if isFinished, !pending.isEmpty { throw .trailingBytes(pending.count) }
        return content
    }

    /// To be called at the file's end: a file is whole only with its final frame.
    package func finish() throws(EncryptedFileProblem) {
        guard isFinished else { throw .truncated(at: "frame \(number)") }
    }
}
