import Glibc

/// An address of the Internet Protocol, version 4 or 6.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16, most significant first.
    package let bytes: [UInt8]

    /// - Parameter bytes: 4 or 16; nil for any other number.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads an address as it is written, without brackets, ports or zones; nil for anything else.
    package init?(text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = [(AF_INET, 4), (AF_INET6, 16)].first { inet_pton($0.0, text, &bytes) == 1 }?.1
        guard let count else { return nil }
        self.bytes = Array(bytes.prefix(count))
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
