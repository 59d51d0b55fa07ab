import CDeflate
import CISAL

/// Compresses whole buffers to one gzip member each. The same input and version give the same bytes.
///
/// Not for use by two tasks at once; reusing one saves its tables.
package final class GzipCompressor {
    private var levels: [Int32: OpaquePointer] = [:]
    private var isalBuffer: [UInt8] = []

    package init() {}

    deinit { for compressor in levels.values { libdeflate_free_compressor(compressor) } }

    package func compress(_ input: [UInt8], _ compression: Compression) -> [UInt8] {
        switch compression {
        case .balanced: deflate(input, level: 6)
        case .small: deflate(input, level: 9)
        case .fast: isal(input)
        }
    }

    private func deflate(_ input: [UInt8], level: Int32) -> [UInt8] {
        let compressor = levels[level] ?? libdeflate_alloc_compressor(level)
        guard let compressor else { preconditionFailure("no memory for a compressor") }
        levels[level] = compressor
        let bound = libdeflate_gzip_compress_bound(compressor, input.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            count = libdeflate_gzip_compress(compressor, input, input.count, output.baseAddress, bound)
            precondition(count > 0, "libdeflate's own bound was too small")
        }
    }

    private func isal(_ input: [UInt8]) -> [UInt8] {
        if isalBuffer.isEmpty { isalBuffer = [UInt8](repeating: 0, count: Int(cairn_isal_level_1_buffer)) }
        // Stored blocks at worst: five bytes for each 64 KiB, and the gzip frame.
        let bound = input.count + input.count / 1_000 + 4_096
        precondition(bound <= Int(UInt32.max), "a log file is never this large")
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            input.withUnsafeBufferPointer { source in
                isalBuffer.withUnsafeMutableBufferPointer { scratch in
                    var stream = isal_zstream()
                    isal_deflate_init(&stream)
                    stream.level = 1
                    stream.level_buf = scratch.baseAddress
                    stream.level_buf_size = UInt32(scratch.count)
                    stream.gzip_flag = UInt16(IGZIP_GZIP)
                    stream.end_of_stream = 1
                    stream.flush = UInt16(NO_FLUSH)
                    stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                    stream.avail_in = UInt32(source.count)
                    stream.next_out = output.baseAddress
                    stream.avail_out = UInt32(output.count)
                    let result = isal_deflate(&stream)
                    precondition(result == COMP_OK && stream.avail_in == 0, "ISA-L fails to compress: \(result)")
                    count = Int(stream.total_out)
                }
            }
        }
    }
}
