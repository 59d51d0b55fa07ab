import CairnFormat
import CairnNative
import CairnObjects

/// What a digest says of itself: its place, its key, its signature.
extension DigestCheck {
    func gzipProblem(_ problem: GzipProblem, _ facts: DigestFacts) -> Finding {
        if case .tooLarge(let limit) = problem {
            return Finding(
                .digestTooLarge, facts.name, expected: "at most \(limit) bytes",
                "the digest inflates to more than any that is written")
        }
        return Finding(
            .digestGzip, facts.name, expected: "exactly one gzip member", found: problem.description,
            "the digest is damaged, or was made to say different things to different readers")
    }

    func formatProblem(_ problem: DigestReader.Problem, _ facts: DigestFacts) -> Finding {
        Finding(
            .digestFormat, facts.name, expected: (problem.field.map { "\($0): " } ?? "") + problem.expected,
            found: problem.found, "the digest is not what a digest is")
    }

    func note(_ finding: Finding, _ facts: inout DigestFacts, _ lane: LaneName, _ emit: Emit) async {
        if finding.code.kind.isEvidence { facts.isSound = false }
        await emit(.finding(finding.of(lane)))
    }

    func judge(
        _ document: DigestDocument, _ metadata: Archive.Metadata, _ facts: inout DigestFacts, _ lane: LaneName,
        _ emit: Emit
    ) async {
        for finding in claims(document, facts, lane) { await note(finding, &facts, lane, emit) }
        guard let bodyHash = facts.bodyHash else { return }
        facts.message = DigestSignature.message(
            end: document.endText, bucket: document.bucket, key: document.key, bodyHash: bodyHash,
            previousSignature: document.previous.signature)
        let known = keys.keys(document.fingerprint, region: lane.region)
        guard !known.isEmpty else {
            return await note(
                Finding(
                    .keyUnknown, facts.name, expected: document.fingerprint,
                    found: "\(keys.origins.joined(separator: ", ")) "
                        + "without it",
                    "no public key of \(lane.region) has the digest's fingerprint: get the key list of the time, with "
                        + "'cairn keys export-public' or 'aws cloudtrail list-public-keys --region \(lane.region)'"),
                &facts, lane, emit)
        }
        var moment = document.cairn.map { max($0.signedAt.seconds, document.end.seconds) } ?? document.end.seconds
        switch metadata {
        case .none where isPlain: facts.keys = known
        case .none:
            await note(
                Finding(
                    .digestSignatureMissing, facts.name, expected: "a signature in the metadata", found: "no metadata",
                    "the digest has lost its signature, which others of the archive have"), &facts, lane, emit)
        case .damaged(let reason):
            await note(
                Finding(.digestMetadata, facts.name, found: reason, "the digest's metadata cannot be read"), &facts,
                lane,
                emit)
        case .some(let metadata):
            if facts.isBackfill {
                guard let made = metadata[DigestSignature.backfillTimeField].flatMap(MomentText.seconds) else {
                    await note(
                        Finding(
                            .digestMetadata, facts.name, expected: DigestSignature.backfillTimeField,
                            found: metadata[DigestSignature.backfillTimeField] ?? "nothing",
                            "a backfill digest has no time at which it was made"), &facts, lane, emit)
                    break
                }
                if made < document.end.seconds {
                    await note(
                        Finding(
                            .digestMetadata, facts.name, expected: "at or after \(document.end)",
                            found: metadata[DigestSignature.backfillTimeField],
                            "the backfill digest says that it was made before its end"), &facts, lane, emit)
                }
                if let said = document.cairn?.backfillTime {
                    if MomentText.seconds(said) != made {
                        await note(
                            Finding(
                                .backfillTime, facts.name, expected: said,
                                found: metadata[DigestSignature.backfillTimeField],
                                "the metadata gives another time than the signed body"), &facts, lane, emit)
                    }
                    moment = MomentText.seconds(said) ?? moment
                } else {
                    moment = made
                }
            }
            await verify(metadata, known, &facts, lane, emit)
        }
        await window(known, moment, &facts, lane, emit)
    }

    /// What stands in the body against the name it lies under.
    func claims(_ document: DigestDocument, _ facts: DigestFacts, _ lane: LaneName) -> [Finding] {
        var findings: [Finding] = []
        // Byte by byte: to Swift a composed and a decomposed é are one text, to a bucket they are two keys.
        let isInPlace =
            document.bucket == facts.location.bucket.text
            && document.key.utf8.elementsEqual(facts.location.key.text.utf8)
        if !isInPlace {
            findings.append(
                Finding(
                    .digestMoved, facts.name, expected: "s3://\(document.bucket)/\(document.key)", found: facts.name,
                    "the digest lies elsewhere than it says: it was moved, or copied over another"))
        } else if document.end != facts.end || document.account != lane.account {
            findings.append(
                Finding(
                    .digestMoved, facts.name, expected: "account \(lane.account), end \(facts.end)",
                    found: "account \(document.account), end \(document.end)",
                    "the digest's name says other things than it does"))
        }
        if document.algorithm != DigestSignature.algorithm {
            findings.append(
                Finding(
                    .digestAlgorithm, facts.name, expected: DigestSignature.algorithm,
                    found: document.algorithm ?? "nothing",
                    "the digest names another algorithm"))
        }
        if let algorithm = document.previous.hashAlgorithm, algorithm != "SHA-256" {
            findings.append(
                Finding(
                    .digestAlgorithm, facts.name, expected: "SHA-256", found: algorithm,
                    "the digest names another hash for the one before it"))
        }
        let link = document.previous
        if !link.isNull, link.bucket == nil || link.key == nil || link.hash == nil || link.signature == nil {
            findings.append(
                Finding(
                    .digestFormat, facts.name, expected: "all of the previous digest, or nothing", found: "a part",
                    "the link to the digest before is not whole"))
        }
        if document.start >= document.end {
            findings.append(
                Finding(
                    .chainInterval, facts.name, expected: "a start before the end",
                    found: "\(document.start) to \(document.end)",
                    "the digest covers no time"))
        }
        if let cairn = document.cairn, cairn.signedAt < document.end {
            findings.append(
                Finding(
                    .chainSignedAt, facts.name, expected: "at or after \(document.end)", found: "\(cairn.signedAt)",
                    "the digest was signed before the interval's end"))
        }
        return findings
    }

    func verify(
        _ metadata: [String: String], _ known: [PublicKeys.Key], _ facts: inout DigestFacts, _ lane: LaneName,
        _ emit: Emit
    ) async {
        let algorithm = metadata[DigestSignature.algorithmField]
        if algorithm != DigestSignature.algorithm {
            await note(
                Finding(
                    .digestMetadata, facts.name, expected: "signature-algorithm \(DigestSignature.algorithm)",
                    found: algorithm ?? "nothing", "the metadata names another algorithm"), &facts, lane, emit)
        }
        guard let signature = metadata[DigestSignature.field] else {
            return await note(
                Finding(
                    .digestSignatureMissing, facts.name, expected: "a signature in the metadata", found: "none",
                    "the digest has lost its signature"), &facts, lane, emit)
        }
        facts.signature = signature
        guard let bytes = Hex.bytes(signature) else {
            return await note(
                Finding(
                    .digestMetadata, facts.name, expected: "lower-case hex", found: "'\(signature.prefix(40))…'",
                    "the signature is not written as signatures are"), &facts, lane, emit)
        }
        let message = facts.message
        guard known.contains(where: { $0.key.verifies(bytes, of: message) }) else {
            return await note(
                Finding(
                    .digestSignature, facts.name,
                    expected: "a signature by \(known.map(\.sha256).joined(separator: " or "))",
                    "the signature does not verify: the digest was changed, or somebody else signed it"), &facts, lane,
                emit)
        }
        facts.isSigned = true
    }

    func window(
        _ known: [PublicKeys.Key], _ moment: Int64, _ facts: inout DigestFacts, _ lane: LaneName, _ emit: Emit
    ) async {
        guard !known.contains(where: { $0.from <= moment && moment <= $0.until }), let key = known.first else { return }
        await note(
            Finding(
                .keyWindow, facts.name,
                expected: "\(EventTime(seconds: key.from)) to \(EventTime(seconds: key.until))",
                found: "\(EventTime(seconds: moment))",
                "the digest was signed outside the window of its key: a key that was stolen later signs like this"),
            &facts,
            lane, emit)
    }
}
