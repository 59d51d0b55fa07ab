import CairnNative

/// The bytes of a segment file. Numbers are least significant byte first.
///
///     segment header, 64 bytes                     frame header, 56 bytes, then the payload
///     0   "CAIRNLOG"                               0   "FRM1"
///     8   version, 4 bytes: 1                      4   length of the payload, 4 bytes
///     12  CRC-32C of bytes 16 to 63, 4 bytes       8   CRC-32C of bytes 12 to the payload's end, 4 bytes
///     16  first sequence, 8 bytes                  12  kind, 1 byte, and 3 bytes of 0
///     24  id, 16 random bytes                      16  sequence, 8 bytes
///     40  CRC-32C of the footer of the segment     24  first sequence of the frame's group, 8 bytes
///         before, 4 bytes, or 0                    32  time, ms since 1970, 8 bytes
///     44  1 if that one was closed in order        40  id, 16 bytes
///     45  19 bytes of 0
///
/// A group is what one sync made durable. A frame that verifies proves that everything before its group was durable
/// when it was written, which tells a torn tail, never acknowledged, from damage.
package enum SegmentFormat {
    package static let version: UInt32 = 1
    static let headerByteCount = 64
    static let frameByteCount = 56
    /// The largest payload of one frame, in bytes.
    package static let payloadByteCountMax = 24 << 20
    private static let magic = Array("CAIRNLOG".utf8)
    private static let frameMagic: UInt32 = 0x314D_5246

    struct Header: Equatable {
        var first: UInt64
        var id: [UInt8]
        var previousFooter: UInt32
        var previousClosed: Bool
    }

    enum HeaderProblem: Error, Equatable {
        case newer(UInt32)
        case damaged
    }

    static func encode(_ header: Header) -> [UInt8] {
        var bytes = magic
        bytes.append(number: version)
        bytes.append(number: UInt32(0))
        bytes.append(number: header.first)
        bytes.append(contentsOf: header.id)
        bytes.append(number: header.previousFooter)
        bytes.append(header.previousClosed ? 1 : 0)
        bytes.append(contentsOf: [UInt8](repeating: 0, count: headerByteCount - bytes.count))
        bytes.set(number: CRC32C.checksum(bytes, 16..<headerByteCount), at: 12)
        return bytes
    }

    static func header(_ bytes: [UInt8]) throws(HeaderProblem) -> Header {
        guard bytes.count >= headerByteCount, bytes.equals(magic, in: 0..<8) else { throw .damaged }
        let found: UInt32 = bytes.number(at: 8)
        guard found <= version else { throw .newer(found) }
        guard CRC32C.checksum(bytes, 16..<headerByteCount) == bytes.number(at: 12) else { throw .damaged }
        return Header(
            first: bytes.number(at: 16),
            id: Array(bytes[24..<40]),
            previousFooter: bytes.number(at: 40),
            previousClosed: bytes[44] == 1
        )
    }

    /// Appends a frame and gives its checksum.
    @discardableResult
    static func append(_ entry: LogEntry, sequence: UInt64, groupFirst: UInt64, to bytes: inout [UInt8]) -> UInt32 {
        let start = bytes.count
        bytes.append(number: frameMagic)
        bytes.append(number: UInt32(entry.payload.count))
        bytes.append(number: UInt32(0))
        bytes.append(number: UInt32(entry.kind.rawValue))
        bytes.append(number: sequence)
        bytes.append(number: groupFirst)
        bytes.append(number: entry.at)
        bytes.append(number: entry.id.high)
        bytes.append(number: entry.id.low)
        bytes.append(contentsOf: entry.payload)
        let checksum = CRC32C.checksum(bytes, start + 12..<bytes.count)
        bytes.set(number: checksum, at: start + 8)
        return checksum
    }

    /// A frame found in a buffer.
    struct Found: Equatable {
        var frame: LogFrame
        var groupFirst: UInt64
        var checksum: UInt32
        /// Where it begins in the buffer.
        var start: Int
        var end: Int { frame.payload.upperBound }
    }

    /// What stands at a place where a frame could begin.
    enum Place: Equatable {
        case frame(Found)
        /// The frame goes on beyond the buffer; it needs this many bytes from its start.
        case needs(Int)
        /// Never written: zeros.
        case blank
        case damaged(String)
    }

    static func place(_ bytes: [UInt8], at start: Int) -> Place {
        guard start + frameByteCount <= bytes.count else { return .needs(frameByteCount) }
        guard bytes.number(at: start, as: UInt32.self) == frameMagic else {
            let isBlank = bytes[start..<start + frameByteCount].allSatisfy { $0 == 0 }
            return isBlank ? .blank : .damaged("no frame begins here")
        }
        let count = Int(bytes.number(at: start + 4, as: UInt32.self))
        guard count <= payloadByteCountMax else { return .damaged("a payload of \(count) bytes") }
        let end = start + frameByteCount + count
        guard end <= bytes.count else { return .needs(frameByteCount + count) }
        let checksum: UInt32 = bytes.number(at: start + 8)
        guard CRC32C.checksum(bytes, start + 12..<end) == checksum else {
            return .damaged("the checksum does not hold")
        }
        guard let kind = LogEntry.Kind(rawValue: bytes[start + 12]) else {
            return .damaged("an entry of unknown kind \(bytes[start + 12])")
        }
        let payload = start + frameByteCount..<end
        let frame = LogFrame(
            sequence: bytes.number(at: start + 16),
            kind: kind,
            id: LogID(Array(bytes[start + 40..<start + 56])),
            at: bytes.number(at: start + 32),
            payload: payload,
            span: kind == .gap && count >= 8 ? max(1, bytes.number(at: payload.lowerBound)) : 1
        )
        return .frame(Found(frame: frame, groupFirst: bytes.number(at: start + 24), checksum: checksum, start: start))
    }

    /// `<first sequence, 20 digits>.segment`
    static func fileName(first: UInt64) -> String {
        let digits = String(first)
        return String(repeating: "0", count: 20 - digits.utf8.count) + digits + ".segment"
    }

    /// The first sequence in a file's name; nil when it is no segment's name.
    static func first(fileName: String) -> UInt64? {
        guard fileName.hasSuffix(".segment"), fileName.utf8.count == 28 else { return nil }
        return UInt64(fileName.dropLast(8))
    }
}
