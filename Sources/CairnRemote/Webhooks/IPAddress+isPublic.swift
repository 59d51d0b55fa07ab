package import CairnNative

extension IPAddress {
    /// Networks that are not the world's: first bytes and how many bits of them count (IANA's special-purpose registries).
    private static let reserved4: [(first: [UInt8], bits: Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 4), ([240], 4),
    ]

    /// Whether anybody in the world may be there: no loopback, link-local, private, shared, multicast or reserved address,
    /// and no address that another one hides in.
    package var isPublic: Bool {
        if isVersion4 { return !Self.reserved4.contains { has($0.first, bits: $0.bits) } }
        // Global unicast is 2000::/3; within it Teredo, 6to4 and documentation stand for something else.
        guard has([0x20], bits: 3) else { return false }
        return !has([0x20, 0x01, 0x00, 0x00], bits: 23) && !has([0x20, 0x01, 0x0D, 0xB8], bits: 32)
            && !has([0x20, 0x02], bits: 16) && !has([0x3F, 0xFF], bits: 20)
    }

    private func has(_ first: [UInt8], bits: Int) -> Bool {
        for i in 0..<bits where (bytes[i / 8] ^ (i / 8 < first.count ? first[i / 8] : 0)) & (0x80 >> (i % 8)) != 0 {
            return false
        }
        return true
    }
}
