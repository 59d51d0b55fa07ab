import CairnFormat
import CairnNative
import CairnObjects

/// The walk along one chain, from its newest digest to its oldest: each is compared with what its successor says of it.
///
/// A value: facts come in, findings go out. It never stops at a fault, and never follows a link out of the lane.
struct ChainWalk: Sendable {
    /// A chain that begins after another, where no digest says why.
    struct Restart: Sendable {
        let name: String
        let olderEnd: EventTime
        let newerStart: EventTime
        /// When the older chain began, once that is known.
        var olderStart: EventTime?
    }

    /// At most so many missing digests are named of one gap; the rest is counted.
    private static let namedCountMax = 10_000

    let lane: LaneName
    let isBackfill: Bool
    /// Whether signatures are to be taken from successors.
    let isPlain: Bool
    let allowsUnsignedNewest: Bool
    /// The interval of digests that do not say their own, in seconds.
    let period: Int64

    private var newer: DigestFacts?
    /// The newest digest that is signed and sound.
    private(set) var newestSigned: DigestFacts?
    private(set) var newest: DigestFacts?
    /// Whether the digest that was taken in last is signed.
    private(set) var lastIsSigned = false
    /// Whether that one has no signature, and need not have one.
    private(set) var lastIsAllowedUnsigned = false
    private(set) var restarts: [Restart] = []
    /// When the newest chain began, if its beginning was taken in.
    private(set) var newestStart: EventTime?
    /// The time that signed digests cover without a hole up to the newest, seconds since 1970.
    private(set) var coveredFrom: EventTime?
    private(set) var validCount = 0
    private(set) var invalidCount = 0
    private(set) var files = FileCounts()

    init(_ lane: LaneName, isBackfill: Bool, isPlain: Bool, allowsUnsignedNewest: Bool, period: Int64) {
        (self.lane, self.isBackfill, self.isPlain) = (lane, isBackfill, isPlain)
        (self.allowsUnsignedNewest, self.period) = (allowsUnsignedNewest, period)
    }

    // MARK: The next older digest

    /// Takes in the next older digest.
    mutating func next(_ facts: DigestFacts) -> [Finding] {
        var older = facts
        var findings: [Finding] = []
        (lastIsSigned, lastIsAllowedUnsigned) = (false, false)
        if let newer {
            switch relation(newer, older) {
            case .linked:
                if isPlain { findings += adoptSignature(&older, from: newer) }
                findings += compare(newer, &older)
            case .restart: findings += restart(newer, &older)
            case .gap(let link): findings += missing(newer, link, down: older.end)
            case .duplicate(let finding), .fork(let finding):
                count(false, older)
                return [finding.of(lane)]
            case .unknown: findings += hole(newer, older)
            case .broken(let finding): findings.append(finding)
            }
            if isPlain, older.signature == nil { findings += unsigned(&older, hasSuccessor: true) }
        } else {
            newest = older
            if isPlain { findings += unsigned(&older, hasSuccessor: false) }
            lastIsAllowedUnsigned = isPlain && older.signature == nil && older.isSound
        }
        lastIsSigned = older.isSigned
        if older.document?.previous.isNull == true { noteStart(older.end) }
        if newestSigned == nil, older.isSigned, older.isSound { newestSigned = older }
        if older.isSigned, older.isSound { coveredFrom = older.document?.start ?? coveredFrom }
        count(older.isSound, older)
        newer = older
        return findings.map { $0.of(lane) }
    }

    /// A chain begins here.
    private mutating func noteStart(_ end: EventTime) {
        if let last = restarts.indices.last {
            if restarts[last].olderStart == nil { restarts[last].olderStart = end }
        } else if newestStart == nil {
            newestStart = end
        }
    }

    private mutating func count(_ isSound: Bool, _ facts: DigestFacts) {
        if facts.isUnread { return }
        if isSound { validCount += 1 } else { invalidCount += 1 }
        var counts = facts.files
        if isPlain, !facts.isSigned {
            // Nobody vouches for what it lists.
            counts.unverified += counts.valid + counts.contentUnchecked
            (counts.valid, counts.contentUnchecked) = (0, 0)
        }
        files.add(counts)
    }

    /// How two digests that lie next to each other belong together.
    private enum Relation {
        case linked
        /// The newer one opens a chain.
        case restart
        /// The newer one names one that lies between them.
        case gap(ObjectLocation)
        case duplicate(Finding)
        /// The older one is on no chain.
        case fork(Finding)
        /// The newer one says nothing that could be believed.
        case unknown
        case broken(Finding)
    }

    private func relation(_ newer: DigestFacts, _ older: DigestFacts) -> Relation {
        guard let document = newer.document else { return .unknown }
        // What is not signed says nothing of others.
        if document.previous.isNull { return isBackfill || !(newer.isSigned || isPlain) ? .unknown : .restart }
        guard let link = DigestFacts.location(bucket: document.previous.bucket, key: document.previous.key) else {
            return .broken(
                Finding(
                    .linkForeign, newer.name, found: document.previous.key ?? "nothing",
                    "the digest names one before it that no bucket can hold: it was not followed"))
        }
        if link == older.location { return .linked }
        guard let name = Self.name(link, lane), name.lane == lane, name.isBackfill == isBackfill else {
            return .broken(
                Finding(
                    .linkForeign, newer.name, expected: "a digest of \(lane)", found: "s3://\(link)",
                    "the digest names one of another lane as the one before it: it was not followed"))
        }
        guard name.end < newer.end else {
            return .broken(
                Finding(
                    .linkOrder, newer.name, expected: "an end before \(newer.end)", found: "\(name.end)",
                    "the digest names one as before it that is not older: it was not followed"))
        }
        if name.end > older.end { return .gap(link) }
        if !newer.isSigned, !isPlain { return .unknown }
        if name.end == older.end {
            return .duplicate(
                Finding(
                    .digestDuplicate, older.name, expected: "s3://\(link)", found: older.name,
                    "two digests have the same end; the chain knows the other"))
        }
        return .fork(
            Finding(
                .linkFork, older.name, expected: "s3://\(link)", found: older.name,
                "no digest of the chain names this one: it was planted, or the chain was made anew around it. Its successor by "
                    + "name is \(newer.name)"))
    }

    private static func name(_ location: ObjectLocation, _ lane: LaneName) -> DigestFileName? {
        // …/AWSLogs/[organization/]<account>/CloudTrail-Digest/<Region>/<year>/<month>/<day>/<name>
        let parts = location.key.text.split(separator: "/")
        guard parts.count >= 8, let last = parts.last else { return nil }
        let root = parts[parts.count - 8]
        return DigestFileName(
            String(last), organization: root.hasPrefix("o-") ? String(root) : nil, account: lane.account,
            region: lane.region)
    }

    // MARK: Links

    private func compare(_ newer: DigestFacts, _ older: inout DigestFacts) -> [Finding] {
        guard newer.isSigned, let document = newer.document else { return [] }
        var findings: [Finding] = []
        let by = "its successor \(newer.name)"
        if let hash = older.bodyHash, document.previous.hash != hash.hex {
            findings.append(
                Finding(
                    .linkHash, older.name, expected: document.previous.hash, found: hash.hex,
                    "\(by) was made after another digest of this name: one of the two was changed or made anew"))
        } else if let stored = document.cairn?.previousStored, let hash = older.storedHash,
            stored.hash != hash || stored.byteCount != older.storedByteCount
        {
            findings.append(
                Finding(
                    .digestStored, older.name, expected: "\(stored.byteCount) bytes, SHA-256 \(stored.hash)",
                    found: "\(older.storedByteCount) bytes, SHA-256 \(hash)",
                    "the digest says the same, but its stored bytes are others than \(by) saw"))
        }
        if let signature = older.signature, document.previous.signature != signature {
            findings.append(
                Finding(
                    .linkSignature, older.name, expected: document.previous.signature.map { String($0.prefix(40)) },
                    found: String(signature.prefix(40)), "\(by) saw another signature"))
        }
        if let before = older.document {
            if !isBackfill, document.start != before.end {
                findings.append(
                    Finding(
                        .linkTime, newer.name, expected: "a start at \(before.end)", found: "\(document.start)",
                        document.start > before.end
                            ? "no digest covers the time from \(before.end) to \(document.start)"
                            : "the digest covers time that the one before covers"))
            }
            findings += compareCairn(newer.name, document, before)
        }
        if findings.contains(where: { $0.code.kind.isEvidence }) { older.isSound = false }
        return findings
    }

    /// What cairn's digests say besides.
    private func compareCairn(_ name: String, _ newer: DigestDocument, _ older: DigestDocument) -> [Finding] {
        guard let next = newer.cairn, let before = older.cairn else {
            guard (newer.cairn == nil) != (older.cairn == nil) else { return [] }
            return [
                Finding(
                    .chainNumber, name,
                    "one of two digests of the chain is cairn's, the other is not: somebody else wrote one")
            ]
        }
        var findings: [Finding] = []
        if !isBackfill, next.chain != before.chain || next.number != before.number + 1 || before.kind == "final" {
            findings.append(
                Finding(
                    .chainNumber, name, expected: "digest \(before.number + 1) of chain \(before.chain)",
                    found:
                        "digest \(next.number) of chain \(next.chain)\(before.kind == "final" ? " behind a final one" : "")",
                    "the digests are not numbered one after the other"))
        }
        if next.signedAt < before.signedAt {
            findings.append(
                Finding(
                    .chainSignedAt, name, expected: "at or after \(before.signedAt)", found: "\(next.signedAt)",
                    "the digest says that it was signed before the one before it"))
        }
        for (lane, reach) in next.reach.sorted(by: { $0.key < $1.key }) {
            guard let other = before.reach[lane], !isBackfill else { continue }
            if (reach.epoch, reach.from) != (other.epoch, other.until), reach.epoch == other.epoch {
                findings.append(
                    Finding(
                        .chainSequences, name, expected: "\(lane) from \(other.until)", found: "from \(reach.from)",
                        "what the digest covers does not begin where the one before ends"))
            }
        }
        return findings
    }

    // MARK: Signatures from successors

    private func adoptSignature(_ older: inout DigestFacts, from newer: DigestFacts) -> [Finding] {
        guard let signature = newer.document?.previous.signature, !older.keys.isEmpty else { return [] }
        older.signature = signature
        let message = older.message
        if let bytes = Hex.bytes(signature), older.keys.contains(where: { $0.key.verifies(bytes, of: message) }) {
            older.isSigned = true
            return []
        }
        older.isSound = false
        return [
            Finding(
                .digestSignature, older.name, expected: "a signature that verifies",
                "the signature that \(newer.name) quotes does not verify: one of the two was changed")
        ]
    }

    private func unsigned(_ facts: inout DigestFacts, hasSuccessor: Bool) -> [Finding] {
        guard facts.document != nil, facts.signature == nil else { return [] }
        facts.isSigned = false
        if !hasSuccessor, allowsUnsignedNewest, !isBackfill { return [] }
        facts.isSound = false
        return [
            Finding(
                .digestUnsigned, facts.name, expected: "a signature", found: "a copy without metadata",
                "the signature is not at hand: the digest proves nothing, and nothing vouches for what it lists. Copy the "
                    + "archive with its metadata, or allow it with --allow-unsigned-newest")
        ]
    }

    // MARK: What is not there

    /// The newer digest names one that lies between it and the older: that one is gone, and perhaps others before it.
    private mutating func missing(_ newer: DigestFacts, _ link: ObjectLocation, down oldest: EventTime) -> [Finding] {
        guard let name = Self.name(link, lane) else { return [] }
        return gap(from: name.end, link, newer, down: oldest)
    }

    /// Nobody says what came before the newer digest; its own time does.
    private mutating func hole(_ newer: DigestFacts, _ older: DigestFacts) -> [Finding] {
        guard !isBackfill, !newer.isUnread else { return [] }
        let length = newer.document.map { $0.end.seconds - $0.start.seconds } ?? interval(older)
        let start = EventTime(seconds: newer.end.seconds - length)
        guard start > older.end else { return [] }
        return gap(from: start, nil, newer, down: older.end)
    }

    private func interval(_ facts: DigestFacts) -> Int64 {
        facts.document?.cairn.map { Int64($0.periodSeconds) } ?? period
    }

    private mutating func gap(
        from first: EventTime, _ link: ObjectLocation?, _ newer: DigestFacts, down oldest: EventTime
    ) -> [Finding] {
        let step = max(1, interval(newer))
        var findings: [Finding] = []
        // An end may be any: what is inferred is counted, not gone through.
        let count = first > oldest ? Int((first.seconds - oldest.seconds - 1) / step) + 1 : 0
        invalidCount += count
        for i in 0..<min(count, Self.namedCountMax) {
            let end = EventTime(seconds: first.seconds - Int64(i) * step)
            let named = i == 0 ? link.map { "s3://\($0)" } : nil
            findings.append(
                Finding(
                    .digestMissing, named ?? "s3://\(Self.sibling(newer.location, lane, end, isBackfill))",
                    expected: "a digest that ends at \(end)", found: "nothing",
                    named != nil
                        ? "\(newer.name) names this digest as the one before it, and it is not there"
                        : "no digest covers the time before \(end); its name is inferred from the interval"))
        }
        if count > Self.namedCountMax {
            findings.append(
                Finding(
                    .digestMissing, nil, expected: "\(count) digests", found: "nothing",
                    "\(count - Self.namedCountMax) more digests are missing down to \(oldest)"))
        }
        return findings
    }

    /// The name that a digest with another end would have beside this one.
    private static func sibling(
        _ location: ObjectLocation, _ lane: LaneName, _ end: EventTime, _ isBackfill: Bool
    ) -> String {
        let folder = location.key.text.split(separator: "/").dropLast(4).joined(separator: "/")
        let name = DigestFileName.text(lane, end: end, isBackfill: isBackfill)
        return "\(location.bucket)/\(folder)/\(end.datePath)/\(name)"
    }

    // MARK: Beginnings

    private mutating func restart(_ newer: DigestFacts, _ older: inout DigestFacts) -> [Finding] {
        guard let document = newer.document else { return [] }
        guard let cairn = document.cairn else {
            restarts.append(Restart(name: newer.name, olderEnd: older.end, newerStart: document.end))
            return []
        }
        guard let previous = cairn.previousChain else {
            if let before = older.document?.cairn, before.kind == "final", before.trail != cairn.trail {
                // A trail of the same name, made anew: the one before has ended in order.
                return []
            }
            return [
                Finding(
                    .chainPrevious, newer.name, expected: "the last digest of the chain before, \(older.name)",
                    found: "nothing",
                    "a chain begins that does not know the one before it")
            ]
        }
        guard let location = DigestFacts.location(bucket: previous.bucket, key: previous.key) else {
            return [Finding(.chainPrevious, newer.name, found: previous.key, "the chain before is named by no name")]
        }
        guard location == older.location else {
            guard let name = Self.name(location, lane), name.lane == lane, name.end > older.end, name.end <= newer.end
            else {
                return [
                    Finding(
                        .chainPrevious, newer.name, expected: "s3://\(location)", found: older.name,
                        "between two chains lies a digest that neither knows")
                ]
            }
            return gap(from: name.end, location, newer, down: older.end)
        }
        var findings: [Finding] = []
        let isSame =
            (older.bodyHash.map { $0.hex == previous.hash } ?? true)
            && (older.signature == nil || previous.signature == nil || older.signature == previous.signature)
        if !isSame || (older.document?.cairn.map { $0.kind != "final" } ?? false) {
            findings.append(
                Finding(
                    .chainPrevious, older.name, expected: "a final digest with hash \(previous.hash)",
                    found: older.bodyHash?.hex ?? "another",
                    "\(newer.name) begins a chain after another digest of this name"))
            older.isSound = false
        }
        if isPlain, let signature = previous.signature {
            older.signature = signature
            let message = older.message
            if let bytes = Hex.bytes(signature), older.keys.contains(where: { $0.key.verifies(bytes, of: message) }) {
                older.isSigned = true
            }
        }
        return findings
    }

    /// To be called behind the oldest digest that is there.
    ///
    /// - Parameter from: the beginning of the time asked for; nil: everything.
    mutating func finish(from: EventTime?) -> [Finding] {
        guard let oldest = newer, let document = oldest.document, !isBackfill || from == nil else { return [] }
        if let from, document.start <= from { return [] }
        var link = DigestFacts.location(bucket: document.previous.bucket, key: document.previous.key)
        if document.previous.isNull, let before = document.cairn?.previousChain {
            link = DigestFacts.location(bucket: before.bucket, key: before.key)
        }
        guard let link else { return [] }
        invalidCount += 1
        return [
            Finding(
                .digestMissing, "s3://\(link)", lane: lane, expected: "a digest that ends at \(document.start)",
                found: "nothing",
                "the oldest digest here, \(oldest.name), names one before it that is not there: give --start-time if older ones "
                    + "were let go on purpose")
        ]
    }
}
