import CairnNative

/// The events of one request for one account and Region: the unit that is appended to the log.
///
/// As bytes, all numbers least significant byte first:
///
///     0   version, 1 byte: 1                     24  account, 12 digits
///     1   length of the Region, 1 byte           36  Region, principal, peer, one after the other
///     2   length of the principal, 2 bytes           outlines, 40 bytes an event
///     4   length of the peer, 2 bytes                events, joined by commas
///     6   2 bytes of 0
///     8   number of events, 4 bytes
///     12  4 bytes of 0
///     16  time of receipt, ms since 1970, 8 bytes
///
/// An outline: length of the event (4), category, readOnly, excludable source, flags (1 = global, 2 = made-up id),
/// time in seconds (8), key (8), fingerprint (8 + 8).
package struct Batch: Sendable {
    static let version: UInt8 = 1
    static let headByteCount = 36
    static let outlineByteCount = 40

    package let account: AccountID
    package let region: Region
    /// Who sent it: what cairn knows, beside what `userIdentity` claims.
    package let principal: String
    /// Where it came from: the peer's address.
    package let peer: String
    /// When it came in: milliseconds since 1970.
    package let receivedAt: Int64
    package let count: Int

    private let bytes: [UInt8]
    private let outlinesAt: Int
    /// Where all events stand in the bytes given to ``init(_:_:)``, joined by commas.
    package let body: Range<Int>

    /// Reads the batch at `range` of `bytes`.
    package init(_ bytes: [UInt8], _ range: Range<Int>) throws(BatchProblem) {
        let start = range.lowerBound
        guard range.count >= Self.headByteCount else { throw .truncated }
        guard bytes[start] == Self.version else { throw .version(bytes[start]) }
        let regionCount = Int(bytes[start + 1])
        let principalCount = Int(bytes.number(at: start + 2, as: UInt16.self))
        let peerCount = Int(bytes.number(at: start + 4, as: UInt16.self))
        count = Int(bytes.number(at: start + 8, as: UInt32.self))
        receivedAt = bytes.number(at: start + 16)
        let textAt = start + Self.headByteCount
        outlinesAt = textAt + regionCount + principalCount + peerCount
        let bodyAt = outlinesAt + count * Self.outlineByteCount
        guard count > 0, bodyAt < range.upperBound else { throw .truncated }
        guard let account = AccountID(digits: bytes[start + 24..<start + 36]),
            let region = try? Region(String(decoding: bytes[textAt..<textAt + regionCount], as: UTF8.self))
        else { throw .damaged }
        self.account = account
        self.region = region
        principal = String(
            decoding: bytes[textAt + regionCount..<textAt + regionCount + principalCount], as: UTF8.self)
        peer = String(decoding: bytes[textAt + regionCount + principalCount..<outlinesAt], as: UTF8.self)
        body = bodyAt..<range.upperBound
        self.bytes = bytes
        var sum = count - 1
        for i in 0..<count {
            let at = outlinesAt + i * Self.outlineByteCount
            guard Self.outline(bytes, at) != nil else { throw .damaged }
            sum += Int(bytes.number(at: at, as: UInt32.self))
        }
        guard sum == body.count else { throw .damaged }
    }

    /// What is kept of the event at `index`, and how many bytes it has.
    package func outline(_ index: Int) -> (outline: EventOutline, byteCount: Int) {
        let at = outlinesAt + index * Self.outlineByteCount
        guard let outline = Self.outline(bytes, at) else { preconditionFailure("checked when the batch was read") }
        return (outline, Int(bytes.number(at: at, as: UInt32.self)))
    }

    private static func outline(_ bytes: [UInt8], _ at: Int) -> EventOutline? {
        guard let category = EventCategory(rawValue: bytes[at + 4]),
            let readOnly = EventOutline.ReadOnly(rawValue: bytes[at + 5]),
            let excludable = EventOutline.ExcludableSource(rawValue: bytes[at + 6])
        else { return nil }
        let flags = bytes[at + 7]
        return EventOutline(
            category: category,
            readOnly: readOnly,
            excludable: excludable,
            isGlobal: flags & 1 != 0,
            hasMadeUpID: flags & 2 != 0,
            time: EventTime(seconds: bytes.number(at: at + 8)),
            key: bytes.number(at: at + 16),
            fingerprint: .init(high: bytes.number(at: at + 24), low: bytes.number(at: at + 32))
        )
    }

    /// Writes a batch.
    ///
    /// - Parameters:
    ///   - events: of one account and Region, at least one.
    ///   - buffer: where the events' bytes stand.
    package static func encode(
        _ events: [AcceptedEvent],
        from buffer: [UInt8],
        principal: String,
        peer: String,
        receivedAt: Int64
    ) -> [UInt8] {
        precondition(!events.isEmpty)
        let region = events[0].region.name.utf8
        let (principal, peer) = (Array(principal.utf8.prefix(1_024)), Array(peer.utf8.prefix(256)))
        let bodyCount = events.reduce(events.count - 1) { $0 + $1.byteCount }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            headByteCount + region.count + principal.count + peer.count + events.count * outlineByteCount + bodyCount)
        bytes.append(version)
        bytes.append(UInt8(region.count))
        bytes.append(number: UInt16(principal.count))
        bytes.append(number: UInt16(peer.count))
        bytes.append(number: UInt16(0))
        bytes.append(number: UInt32(events.count))
        bytes.append(number: UInt32(0))
        bytes.append(number: receivedAt)
        bytes.append(contentsOf: events[0].account.description.utf8)
        bytes.append(contentsOf: region)
        bytes.append(contentsOf: principal)
        bytes.append(contentsOf: peer)
        for event in events {
            let outline = event.outline
            bytes.append(number: UInt32(event.byteCount))
            bytes.append(outline.category.rawValue)
            bytes.append(outline.readOnly.rawValue)
            bytes.append(outline.excludable.rawValue)
            bytes.append((outline.isGlobal ? 1 : 0) | (outline.hasMadeUpID ? 2 : 0))
            bytes.append(number: outline.time.seconds)
            bytes.append(number: outline.key)
            bytes.append(number: outline.fingerprint.high)
            bytes.append(number: outline.fingerprint.low)
        }
        for (i, event) in events.enumerated() {
            if i > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(buffer, event.range.lowerBound..<event.range.upperBound - 1)
            bytes.append(contentsOf: event.ending)
        }
        return bytes
    }
}
