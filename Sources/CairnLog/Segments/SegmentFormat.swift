import CairnNative

/// The bytes of a segment file. Numbers are least significant byte first.
///
///     segment header, 80 bytes                     frame: header of 72 bytes, sealed payload, tag of 16 bytes
///     0   "CAIRNLOG"                               0   "FRM2"
///     8   version, 4 bytes: 3                      4   length of the payload, 4 bytes
///     12  CRC-32C of bytes 16 to 79, 4 bytes       8   CRC-32C of bytes 12 to the tag's end, 4 bytes
///     16  first sequence, 8 bytes                  12  kind, 1 byte, and a byte of 0
///     24  id, 16 random bytes                      14  version of the log key, 2 bytes
///     40  CRC-32C of the footer of the segment     16  sequence, 8 bytes
///         before, 4 bytes, or 0                    24  first sequence of the frame's group, 8 bytes
///     44  1 if that one was closed in order        32  time, ms since 1970, 8 bytes
///     45  a byte of 0                              40  id, 16 bytes
///     46  version of the log key, 2 bytes          56  id of the segment, 16 bytes
///     48  16 bytes of 0
///     64  tag over bytes 0 to 63 but the checksum, 16 bytes
///
/// A group is what one sync made durable. A frame that verifies proves that everything before its group was durable
/// when it was written, which tells a torn tail, never acknowledged, from damage.
///
/// Payloads are sealed one by one (AES-256-GCM), so that damage to one costs no other. The key is derived from the log
/// key and the segment's id, which every frame carries: a damaged header costs nothing. The nonce is the sequence, which
/// a segment holds once: nobody appends to a segment that another process made, nor after a failed write. What the seal
/// covers besides the payload is the log's name and the frame's header, so that no frame can be swapped, repeated,
/// renumbered or taken from another segment or log.
///
/// Version 2 had no thinned segments (``ThinnedRun``), and is the same in everything else.
package enum SegmentFormat {
    package static let version: UInt32 = 3
    private static let oldestVersion: UInt32 = 2
    static let headerByteCount = 80
    static let frameByteCount = 72
    static let tagByteCount = AESGCM.tagByteCount
    /// What a frame takes besides its payload.
    static let overheadByteCount = frameByteCount + tagByteCount
    /// The largest payload of one frame, in bytes.
    package static let payloadByteCountMax = 24 << 20
    private static let magic = Array("CAIRNLOG".utf8)
    private static let frameMagic: UInt32 = 0x324D_5246

    struct Header: Equatable {
        var first: UInt64
        var id: LogID
        var previousFooter: UInt32
        var previousClosed: Bool
    }

    enum HeaderProblem: Error, Equatable {
        case newer(UInt32)
        case older(UInt32)
        case damaged
        /// The checksum holds, the seal does not: another key sealed it.
        case foreign
    }

    static func encode(_ header: Header, _ seal: SegmentSeal) -> [UInt8] {
        var bytes = magic
        bytes.append(number: version)
        bytes.append(number: UInt32(0))
        bytes.append(number: header.first)
        bytes += header.id.bytes
        bytes.append(number: header.previousFooter)
        bytes.append(header.previousClosed ? 1 : 0)
        bytes.append(0)
        bytes.append(number: seal.version)
        bytes.append(contentsOf: [UInt8](repeating: 0, count: headerByteCount - bytes.count))
        let end = headerByteCount - tagByteCount
        seal.seal(
            &bytes, end..<end, segment: header.id, sequence: SegmentSeal.headerSequence,
            head: Array(bytes[..<12] + bytes[16..<end]))
        bytes.set(number: CRC32C.checksum(bytes, 16..<headerByteCount), at: 12)
        return bytes
    }

    static func header(_ bytes: [UInt8], _ seal: SegmentSeal) throws(HeaderProblem) -> Header {
        guard bytes.count >= headerByteCount, bytes.equals(magic, in: 0..<8) else { throw .damaged }
        let found: UInt32 = bytes.number(at: 8)
        guard found <= version else { throw .newer(found) }
        guard found >= oldestVersion else { throw .older(found) }
        guard CRC32C.checksum(bytes, 16..<headerByteCount) == bytes.number(at: 12) else { throw .damaged }
        let header = Header(
            first: bytes.number(at: 16),
            id: LogID(Array(bytes[24..<40])),
            previousFooter: bytes.number(at: 40),
            previousClosed: bytes[44] == 1
        )
        let end = headerByteCount - tagByteCount
        var copy = Array(bytes[..<headerByteCount])
        let problem = seal.open(
            &copy, end..<end, segment: header.id, version: bytes.number(at: 46),
            sequence: SegmentSeal.headerSequence, head: Array(bytes[..<12] + bytes[16..<end]))
        guard problem == nil else { throw .foreign }
        return header
    }

    /// Appends a sealed frame and gives its checksum.
    ///
    /// - Parameter segment: the id of the segment; no sequence is sealed twice for one.
    @discardableResult
    static func append(
        _ entry: LogEntry, sequence: UInt64, groupFirst: UInt64, segment: LogID, _ seal: SegmentSeal,
        to bytes: inout [UInt8]
    ) -> UInt32 {
        let start = bytes.count
        bytes.append(number: frameMagic)
        bytes.append(number: UInt32(entry.payload.count))
        bytes.append(number: UInt32(0))
        bytes.append(entry.kind.rawValue)
        bytes.append(0)
        bytes.append(number: seal.version)
        bytes.append(number: sequence)
        bytes.append(number: groupFirst)
        bytes.append(number: entry.at)
        bytes.append(number: entry.id.high)
        bytes.append(number: entry.id.low)
        bytes.append(number: segment.high)
        bytes.append(number: segment.low)
        bytes.append(contentsOf: entry.payload)
        let payload = start + frameByteCount..<bytes.count
        bytes.append(number: UInt64(0))
        bytes.append(number: UInt64(0))
        seal.seal(&bytes, payload, segment: segment, sequence: sequence, head: head(bytes, start))
        let checksum = CRC32C.checksum(bytes, start + 12..<bytes.count)
        bytes.set(number: checksum, at: start + 8)
        return checksum
    }

    /// What the seal of the frame at `start` covers besides its payload: its header but for magic and checksum.
    private static func head(_ bytes: [UInt8], _ start: Int) -> [UInt8] {
        Array(bytes[start + 4..<start + 8] + bytes[start + 12..<start + frameByteCount])
    }

    /// A frame found in a buffer.
    struct Found: Equatable {
        var frame: LogFrame
        var groupFirst: UInt64
        var checksum: UInt32
        /// Where it begins in the buffer.
        var start: Int
        var end: Int { frame.payload.upperBound + SegmentFormat.tagByteCount }
    }

    /// What stands at a place where a frame could begin.
    enum Place: Equatable {
        case frame(Found)
        /// The frame goes on beyond the buffer; it needs this many bytes from its start.
        case needs(Int)
        /// Never written: zeros.
        case blank
        case damaged(String)
        /// The checksum holds, the seal does not.
        case foreign(String)
    }

    /// Looks at a place, and opens the frame that stands there where it stands: once, since then its payload is in clear.
    static func place(_ bytes: inout [UInt8], at start: Int, _ seal: SegmentSeal) -> Place {
        guard start + frameByteCount <= bytes.count else { return .needs(frameByteCount) }
        guard bytes.number(at: start, as: UInt32.self) == frameMagic else {
            let isBlank = bytes[start..<start + frameByteCount].allSatisfy { $0 == 0 }
            return isBlank ? .blank : .damaged("no frame begins here")
        }
        let count = Int(bytes.number(at: start + 4, as: UInt32.self))
        guard count <= payloadByteCountMax else { return .damaged("a payload of \(count) bytes") }
        let end = start + overheadByteCount + count
        guard end <= bytes.count else { return .needs(overheadByteCount + count) }
        let checksum: UInt32 = bytes.number(at: start + 8)
        guard CRC32C.checksum(bytes, start + 12..<end) == checksum else {
            return .damaged("the checksum does not hold")
        }
        guard let kind = LogEntry.Kind(rawValue: bytes[start + 12]) else {
            return .damaged("an entry of unknown kind \(bytes[start + 12])")
        }
        let payload = start + frameByteCount..<end - tagByteCount
        let sequence: UInt64 = bytes.number(at: start + 16)
        let segment = LogID(high: bytes.number(at: start + 56), low: bytes.number(at: start + 64))
        let problem = seal.open(
            &bytes, payload, segment: segment, version: bytes.number(at: start + 14), sequence: sequence,
            head: head(bytes, start))
        if let problem { return .foreign(problem) }
        let frame = LogFrame(
            sequence: sequence,
            kind: kind,
            id: LogID(high: bytes.number(at: start + 40), low: bytes.number(at: start + 48)),
            at: bytes.number(at: start + 32),
            payload: payload,
            span: kind.isRun && count >= 8 ? max(1, bytes.number(at: payload.lowerBound)) : 1
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
