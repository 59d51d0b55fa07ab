import CISAL

/// CRC-32C (Castagnoli), as in RFC 3720, by ISA-L.
package enum CRC32C {
    /// The checksum of `range` of `bytes`; `seed` is the checksum of what stood before it.
    package static func checksum(_ bytes: [UInt8], _ range: Range<Int>, seed: UInt32 = 0) -> UInt32 {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count && range.count <= Int(Int32.max))
        return bytes.withUnsafeBufferPointer { pointer in
            // The parameter isn't const in ISA-L 2.30, though nothing is written.
            let start = UnsafeMutablePointer(mutating: pointer.baseAddress.map { $0 + range.lowerBound })
            return ~crc32_iscsi(start, Int32(range.count), ~seed)
        }
    }

    package static func checksum(_ bytes: [UInt8]) -> UInt32 { checksum(bytes, 0..<bytes.count) }
}
