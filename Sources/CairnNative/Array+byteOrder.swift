import Glibc

extension Array where Element == UInt8 {
    // Inlined into other modules: called a dozen times an event, where the generic form took 6 % of the whole.

    /// Appends a number, least significant byte first: the order of all formats of ours on disk.
    @inlinable
    package mutating func append<Number: FixedWidthInteger>(number: Number) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    /// Reads the number at `offset`, least significant byte first.
    @inlinable
    package func number<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "a number beyond the end")
        return self.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
    }

    /// Overwrites the number at `offset`, least significant byte first.
    @inlinable
    package mutating func set<Number: FixedWidthInteger>(number: Number, at offset: Int) {
        precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "a number beyond the end")
        Swift.withUnsafeBytes(of: number.littleEndian) { bytes in
            for i in 0..<bytes.count { self[offset + i] = bytes[i] }
        }
    }

    /// Appends a number, most significant byte first: the order of formats that others made.
    package mutating func append<Number: FixedWidthInteger>(bigEndian number: Number) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    /// Reads the number at `offset`, most significant byte first.
    package func bigEndian<Number: FixedWidthInteger>(at offset: Int, as type: Number.Type = Number.self) -> Number {
        Number(bigEndian: Number(littleEndian: number(at: offset)))
    }

    /// Appends `range` of `other` without an intermediate slice.
    @inlinable
    package mutating func append(_ other: [UInt8], _ range: Range<Int>) {
        other.withUnsafeBufferPointer { append(contentsOf: UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The first place of `byte` in `range`, or nil.
    package func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        self.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress, !range.isEmpty,
                let found = memchr(base + range.lowerBound, Int32(byte), range.count)
            else { return nil }
            return base.distance(to: UnsafeRawPointer(found))
        }
    }

    /// Whether `range` of this equals all of `other`.
    package func equals(_ other: [UInt8], in range: Range<Int>) -> Bool {
        guard range.count == other.count else { return false }
        return self.withUnsafeBytes { a in
            other.withUnsafeBytes { b in
                range.isEmpty || memcmp(a.baseAddress! + range.lowerBound, b.baseAddress!, range.count) == 0
            }
        }
    }
}
