import CairnFormat
import CairnNative

/// Reads a digest while its bytes come in: what it says of itself is kept, the files it lists are given out one by one.
package struct DigestReader {
    /// Why it is no digest.
    package struct Problem: Error, Sendable {
        let field: String?
        let expected: String
        let found: String

        init(_ field: String?, expected: String, found: String) {
            (self.field, self.expected, self.found) = (field, expected, found)
        }
    }

    /// What is given out while reading.
    package enum Item: Sendable {
        case file(ListedFile)
        /// A file that was recorded and not there when the digest was made.
        case missing(ListedFile, reason: String)
        /// Another lane of the trail, of the home lane's digests.
        case lane(account: String, region: String, chain: Int, DigestDocument.Named)
    }

    private var splitter = JSONSplitter(opening: [
        ["logFiles"], ["cairn"], ["cairn", "missing"], ["cairn", "lanes"],
    ])
    private var members: [String: StrictJSON] = [:]
    private var cairn: [String: StrictJSON] = [:]
    private var hasCairn = false
    package private(set) var fileCount = 0

    package init() {}

    package mutating func feed(_ bytes: [UInt8], _ give: (Item) -> Void) throws(Problem) {
        var problem: Problem?
        var (members, cairn, files) = (members, cairn, fileCount)
        var sawCairn = hasCairn
        do throws(StrictJSON.Problem) {
            try splitter.feed(bytes) { piece in
                switch (piece.path.first, piece.path.count, piece.isElement) {
                case ("logFiles", 1, true):
                    files += 1
                    if let file = ListedFile(piece.value) {
                        give(.file(file))
                    } else if problem == nil {
                        problem = Problem(
                            "logFiles[\(files - 1)]", expected: "s3Bucket, s3Object, hashValue",
                            found: piece.value.shown)
                    }
                case ("cairn", 2, true) where piece.path[1] == "missing":
                    sawCairn = true
                    if let file = ListedFile(piece.value) {
                        give(.missing(file, reason: piece.value["reason"]?.text ?? "gone"))
                    } else if problem == nil {
                        problem = Problem("cairn.missing", expected: "files", found: piece.value.shown)
                    }
                case ("cairn", 2, true):
                    sawCairn = true
                    if let (account, region, chain, named) = Self.lane(piece.value) {
                        give(.lane(account: account, region: region, chain: chain, named))
                    } else if problem == nil {
                        problem = Problem("cairn.lanes", expected: "digests", found: piece.value.shown)
                    }
                case ("cairn", 2, false):
                    sawCairn = true
                    cairn[piece.path[1]] = piece.value
                case (let name?, 1, false): members[name] = piece.value
                default: break
                }
            }
        } catch {
            throw Problem(nil, expected: "one JSON object", found: error.description)
        }
        (self.members, self.cairn, fileCount) = (members, cairn, files)
        hasCairn = sawCairn
        if let problem { throw problem }
    }

    private static func lane(_ value: StrictJSON) -> (String, String, Int, DigestDocument.Named)? {
        guard let account = value["awsAccountId"]?.text, let region = value["region"]?.text,
            let chain = value["chain"]?.count, let named = named(value)
        else { return nil }
        return (account, region, chain, named)
    }

    private static func named(_ value: StrictJSON) -> DigestDocument.Named? {
        guard let bucket = value["s3Bucket"]?.text, let key = value["s3Object"]?.text,
            let hash = value["hashValue"]?.text
        else { return nil }
        return DigestDocument.Named(
            bucket: bucket, key: key, hash: hash, signature: value["signature"]?.text,
            end: value["digestEndTime"]?.text.flatMap { EventTime(iso8601: Array($0.utf8)) })
    }

    // MARK: The whole

    /// What the digest says, once all of it has come in.
    package func document() throws(Problem) -> DigestDocument {
        guard splitter.isComplete else { throw Problem(nil, expected: "one JSON object", found: "it ends too early") }
        guard splitter.opened(["logFiles"]) else {
            throw Problem("logFiles", expected: "a list", found: members["logFiles"]?.shown ?? "nothing")
        }
        let (startText, start) = try time("digestStartTime")
        let (endText, end) = try time("digestEndTime")
        return DigestDocument(
            account: try text("awsAccountId"), startText: startText, endText: endText, start: start, end: end,
            bucket: try text("digestS3Bucket"), key: try text("digestS3Object"),
            fingerprint: try text("digestPublicKeyFingerprint"), algorithm: members["digestSignatureAlgorithm"]?.text,
            previous: DigestDocument.Link(
                bucket: try optional("previousDigestS3Bucket"), key: try optional("previousDigestS3Object"),
                hash: try optional("previousDigestHashValue"),
                hashAlgorithm: try optional("previousDigestHashAlgorithm"),
                signature: try optional("previousDigestSignature")),
            cairn: try cairnPart())
    }

    private func text(_ name: String) throws(Problem) -> String {
        guard let text = members[name]?.text else {
            throw Problem(name, expected: "a text", found: members[name]?.shown ?? "nothing")
        }
        return text
    }

    private func optional(_ name: String) throws(Problem) -> String? {
        guard let value = members[name] else { throw Problem(name, expected: "a text or null", found: "nothing") }
        if value.isNull { return nil }
        guard let text = value.text else { throw Problem(name, expected: "a text or null", found: value.shown) }
        return text
    }

    private func time(_ name: String) throws(Problem) -> (String, EventTime) {
        let text = try text(name)
        guard let time = EventTime(iso8601: Array(text.utf8)) else {
            throw Problem(name, expected: "YYYY-MM-DDTHH:MM:SSZ", found: "'\(text.prefix(100))'")
        }
        return (text, time)
    }

    private func cairnPart() throws(Problem) -> DigestDocument.CairnPart? {
        guard hasCairn else { return nil }
        func wrong(_ name: String, _ expected: String) -> Problem {
            Problem("cairn.\(name)", expected: expected, found: cairn[name]?.shown ?? "nothing")
        }
        guard cairn["format"]?.int == 1 else { throw wrong("format", "1: a newer cairn wrote it; use its validator") }
        guard let kind = cairn["kind"]?.text, ["starting", "hourly", "final", "backfill"].contains(kind) else {
            throw wrong("kind", "starting, hourly, final or backfill")
        }
        guard let chain = cairn["chain"]?.count else { throw wrong("chain", "a number") }
        guard let number = cairn["number"]?.count else { throw wrong("number", "a number") }
        guard let period = cairn["periodSeconds"]?.count, (1...86_400).contains(period) else {
            throw wrong("periodSeconds", "1 to 86400")
        }
        guard let signedAt = cairn["signedAt"]?.text.flatMap({ EventTime(iso8601: Array($0.utf8)) }) else {
            throw wrong("signedAt", "a time")
        }
        var part = DigestDocument.CairnPart(
            kind: kind, trail: cairn["trail"]?.text, chain: chain, number: number, periodSeconds: period,
            signedAt: signedAt)
        if let stored = cairn["previousDigestStored"] {
            guard let hash = stored["sha256"]?.text.flatMap({ SHA256Hash(hex: $0) }),
                let count = stored["byteCount"]?.count
            else { throw wrong("previousDigestStored", "byteCount and sha256") }
            part.previousStored = (hash, count)
        }
        if let previous = cairn["previousChain"] {
            guard let named = Self.named(previous) else { throw wrong("previousChain", "a digest") }
            part.previousChain = named
        }
        if let backfill = cairn["backfill"] {
            guard let named = Self.named(backfill) else { throw wrong("backfill", "a digest") }
            part.backfill = named
        }
        for reach in cairn["reach"]?.list ?? [] {
            guard let folder = reach["folder"]?.text, let epoch = reach["epoch"]?.count,
                let from = reach["from"]?.count, let until = reach["until"]?.count
            else { throw wrong("reach", "folder, epoch, from, until") }
            part.reach[part.lane(folder, of: reach["trail"]?.text)] = (epoch, from, until)
        }
        part.keyringGeneration = cairn["keyring"]?["generation"]?.count
        part.hasLanes = splitter.opened(["cairn", "lanes"])
        part.backfillTime = cairn["backfillGenerationTimestamp"]?.text
        return part
    }
}
