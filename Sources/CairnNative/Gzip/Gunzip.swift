import CDeflate

/// Inflates gzip of unknown origin within a bound.
package enum Gunzip {
    /// Inflates exactly one gzip member that fills `input`: nothing before it, nothing behind it.
    ///
    /// - Parameters:
    ///   - limit: the largest output to allow, in bytes; a hostile file must not choose our memory use.
    ///   - padding: how much room the output must have behind its end, for readers that read further.
    package static func member(_ input: [UInt8], limit: Int, padding: Int = 0) throws(GzipProblem) -> [UInt8] {
        precondition(limit > 0)
        guard input.count >= 18 else { throw .truncated(byteCount: input.count) }
        guard input[0] == 0x1F, input[1] == 0x8B, input[2] == 8 else { throw .notGzip }
        guard let decompressor = libdeflate_alloc_decompressor() else { throw .noMemory }
        defer { libdeflate_free_decompressor(decompressor) }
        // The trailer says the size modulo 2^32; it is a hint for the buffer and never believed beyond the limit.
        let end = input.count
        let hint =
            Int(input[end - 4]) | Int(input[end - 3]) << 8 | Int(input[end - 2]) << 16 | Int(input[end - 1]) << 24
        // DEFLATE gives at most 1,032 bytes for one: what claims more is cut off or damaged, not large.
        guard hint <= input.count * 1_032 else { throw .damaged }
        guard hint <= limit else { throw .tooLarge(limit: limit) }
        var used = 0
        var result = LIBDEFLATE_BAD_DATA
        let output = [UInt8](unsafeUninitializedCapacity: max(hint, 1) + padding) { buffer, count in
            result = libdeflate_gzip_decompress_ex(
                decompressor, input, input.count, buffer.baseAddress, max(hint, 1), &used, &count
            )
            if result != LIBDEFLATE_SUCCESS { count = 0 }
        }
        switch result {
        case LIBDEFLATE_SUCCESS: break
        case LIBDEFLATE_INSUFFICIENT_SPACE: throw .wrongSize(claimed: hint)
        default: throw .damaged
        }
        guard used == input.count else { throw .trailingBytes(offset: used, byteCount: input.count - used) }
        return output
    }
}
