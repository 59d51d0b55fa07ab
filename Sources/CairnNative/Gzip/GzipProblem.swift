/// Why some bytes are no acceptable gzip.
package indirect enum GzipProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case truncated(byteCount: Int)
    case notGzip
    case damaged
    case wrongSize(claimed: Int)
    case tooLarge(limit: Int)
    case trailingBytes(offset: Int, byteCount: Int)
    case noMemory

    package var description: String {
        switch self {
        case .truncated(let count): "gzip ends too early after \(count) bytes"
        case .notGzip: "expected gzip (RFC 1952), found other bytes"
        case .damaged: "gzip is damaged: its data or checksum does not hold"
        case .wrongSize(let claimed):
            "gzip holds more than the \(claimed) bytes that its trailer claims, or a second member"
        case .tooLarge(let limit): "gzip inflates to more than \(limit) bytes"
        case .trailingBytes(let offset, let count): "\(count) bytes follow the gzip member that ends at byte \(offset)"
        case .noMemory: "no memory to inflate"
        }
    }
}
