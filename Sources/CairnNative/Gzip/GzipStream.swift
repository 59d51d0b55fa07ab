import CZlib

/// Inflates gzip piece by piece, for streams whose size nobody knows. One member; what follows it is an error.
///
/// Not for use by two tasks at once.
package final class GzipStream {
    private var stream: UnsafeMutablePointer<z_stream>
    private let limit: Int
    private var total = 0
    private var ended = false

    /// - Parameter limit: the largest output to allow in all, in bytes.
    package init(limit: Int) {
        self.limit = limit
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        precondition(cairn_inflate_init_gzip(stream) == Z_OK, "no memory for zlib")
    }

    deinit {
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Whether the member has ended, checksum and size verified.
    package var isComplete: Bool { ended }

    /// Inflates `input` and appends what it gives to `output`.
    package func inflate(_ input: [UInt8], into output: inout [UInt8]) throws(GzipProblem) {
        guard !input.isEmpty else { return }
        guard !ended else { throw .trailingBytes(offset: Int(stream.pointee.total_in), byteCount: input.count) }
        var problem: GzipProblem?
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        input.withUnsafeBufferPointer { source in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
            stream.pointee.avail_in = UInt32(source.count)
            repeat {
                let (result, made) = chunk.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(target.count)
                    let result = CZlib.inflate(stream, Z_NO_FLUSH)
                    return (result, target.count - Int(stream.pointee.avail_out))
                }
                total += made
                if total > limit { problem = .tooLarge(limit: limit) }
                guard problem == nil else { return }
                output.append(contentsOf: chunk[..<made])
                if result == Z_STREAM_END {
                    ended = true
                    if stream.pointee.avail_in > 0 {
                        problem = .trailingBytes(
                            offset: Int(stream.pointee.total_in), byteCount: Int(stream.pointee.avail_in))
                    }
                    return
                }
                if result != Z_OK && result != Z_BUF_ERROR {
                    problem = stream.pointee.total_in < 10 ? .notGzip : .damaged
                }
            } while problem == nil && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
        }
        if let problem { throw problem }
    }
}
