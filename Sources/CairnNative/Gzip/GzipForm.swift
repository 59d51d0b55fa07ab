import CZlib

/// How a gzip member is written, as far as the same content could be written otherwise: bytes and bits that no hash of the
/// content covers.
package struct GzipForm: Sendable, Equatable {
    /// The fixed header (RFC 1952, section 2.3).
    package struct Header: Sendable, Equatable {
        package var flags: UInt8
        /// Seconds since 1970, or 0.
        package var time: UInt32
        package var extraFlags: UInt8
        package var system: UInt8

        /// Nil when the bytes begin no gzip member.
        package init?(_ bytes: [UInt8]) {
            guard bytes.count >= GzipForm.headerByteCount, bytes[0] == 0x1F, bytes[1] == 0x8B, bytes[2] == 8 else {
                return nil
            }
            flags = bytes[3]
            time = (4..<8).reversed().reduce(0) { $0 << 8 | UInt32(bytes[$1]) }
            (extraFlags, system) = (bytes[8], bytes[9])
        }
    }

    package static let headerByteCount = 10
    package static let trailerByteCount = 8

    /// Whether the bits behind the end of the data, up to the next byte, are zero.
    package var hasZeroPadding: Bool
    /// Blocks that hold nothing, but for the last.
    package var emptyBlockCount: Int

    /// Goes through a whole member that has no optional header fields; nil when it is damaged.
    package init?(_ member: [UInt8]) {
        guard member.count > Self.headerByteCount + Self.trailerByteCount else { return nil }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        precondition(cairn_inflate_init_raw(stream) == Z_OK, "no memory for zlib")
        defer {
            inflateEnd(stream)
            stream.deinitialize(count: 1)
            stream.deallocate()
        }
        var (emptyBlocks, blockStart, isPadded, isWhole) = (0, 0, true, false)
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        member.withUnsafeBufferPointer { source in
            let first = source.baseAddress! + Self.headerByteCount
            stream.pointee.next_in = UnsafeMutablePointer(mutating: first)
            stream.pointee.avail_in = UInt32(member.count - Self.headerByteCount - Self.trailerByteCount)
            while true {
                let result = chunk.withUnsafeMutableBufferPointer { target in
                    stream.pointee.next_out = target.baseAddress
                    stream.pointee.avail_out = UInt32(target.count)
                    return CZlib.inflate(stream, Z_BLOCK)
                }
                if result == Z_STREAM_END {
                    isWhole = stream.pointee.avail_in == 0
                    return
                }
                guard result == Z_OK || (result == Z_BUF_ERROR && stream.pointee.avail_in > 0) else { return }
                let state = stream.pointee.data_type
                if state & 128 != 0 {
                    let total = Int(stream.pointee.total_out)
                    // At the end of the last block, before zlib lets go of the bits behind it.
                    if state & 64 != 0, state & 7 != 0 {
                        isPadded = first[Int(stream.pointee.total_in) - 1] >> (8 - UInt8(state & 7)) == 0
                    }
                    if state & 64 == 0, total == blockStart { emptyBlocks += 1 }
                    blockStart = total
                }
            }
        }
        guard isWhole else { return nil }
        (hasZeroPadding, emptyBlockCount) = (isPadded, emptyBlocks)
    }
}
