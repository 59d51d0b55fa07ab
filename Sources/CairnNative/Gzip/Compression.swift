/// How a log file is compressed. All make plain gzip (RFC 1952) that any reader opens.
package enum Compression: String, Sendable, Codable, CaseIterable {
    /// libdeflate 6: the size of zlib 6 at twice its speed.
    case balanced
    /// ISA-L 1: five times faster, a quarter larger.
    case fast
    /// libdeflate 9.
    case small
}
