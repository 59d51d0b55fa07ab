/// An address of the Internet Protocol, version 4 or 6.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16, most significant first.
    package let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16; nil for any other number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    package var isVersion4: Bool { bytes.count == 4 }

    /// As it is written in a URL, without brackets: `192.0.2.1`, `2001:db8:0:0:0:0:0:1`.
    package var description: String {
        if isVersion4 { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }.joined(separator: ":")
    }
}
