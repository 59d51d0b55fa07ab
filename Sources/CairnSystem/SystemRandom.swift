/// The kernel's random numbers (getrandom, through Swift's own generator).
package struct SystemRandom: RandomSource {
    package init() {}

    package func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 8)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next()) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    package func fill(_ bytes: inout MutableSpan<UInt8>) {
        var generator = SystemRandomNumberGenerator()
        var word: UInt64 = 0
        for i in bytes.indices {
            if i % 8 == 0 { word = generator.next() }
            bytes[i] = UInt8(truncatingIfNeeded: word)
            word >>= 8
        }
    }
}
