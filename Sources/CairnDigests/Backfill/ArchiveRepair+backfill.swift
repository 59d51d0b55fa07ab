import CairnCatalog
import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects
import CairnSystem

/// Backfill digests: decided, put and committed like others, in a series of their own.
extension ArchiveRepair {
    /// Lists proven files in backfill digests; goes on with those that an earlier repair had decided.
    package func backfill(_ files: [UnlistedFile]) async throws(DigestError) -> [Made] {
        var made: [Made] = []
        var chains: [ChainName: [DeliveredRecord.File]] = [:]
        for case .proven(let chain, let file) in files.map(\.origin) { chains[chain, default: []].append(file) }
        for (chain, files) in chains.sorted(by: { $0.key < $1.key }) {
            for start in stride(from: 0, to: files.count, by: Self.fileCountMax) {
                let part = Array(files[start..<min(start + Self.fileCountMax, files.count)])
                made.append(try await make(chain, part))
            }
        }
        return made
    }

    /// Finishes digests that were decided and not made. To be called before ``survey()``.
    package func resume() async throws(DigestError) -> [Made] {
        var made: [Made] = []
        for head in try await heads.list() {
            guard let known = try await heads.backfill(head.name), known.content.intent != nil else { continue }
            made.append(try await finish(known.content, revision: known.revision))
        }
        return made
    }

    private func make(_ chain: ChainName, _ files: [DeliveredRecord.File]) async throws(DigestError) -> Made {
        guard let lane = try await heads.read(chain)?.content else { throw .stale }
        let known = try await heads.backfill(chain)
        var head = known?.content ?? BackfillHead(chain)
        guard head.intent == nil else { throw .stale }
        let round = try await seams.signer.round()
        let key = try await round.key(chain.region, now: seams.time.now)
        let now = seams.time.now.seconds
        let end = max(now, head.end.map { $0.seconds + 1 } ?? .min)
        let oldest = files.map(\.oldest.seconds).min() ?? end
        head.intent = BackfillHead.Intent(
            start: EventTime(seconds: min(oldest, end - 1)), end: EventTime(seconds: end), trail: lane.trail,
            bucket: lane.bucket, prefix: lane.prefix, storage: lane.storage, periodSeconds: 3_600,
            fingerprint: key.fingerprint,
            signedAt: EventTime(seconds: max(now, end)), keyring: round.mark, files: files)
        guard let decided = try await heads.swap(head, ifRevision: known?.revision) else { throw .stale }
        return try await finish(head, revision: decided)
    }

    private func finish(_ known: BackfillHead, revision: UInt64) async throws(DigestError) -> Made {
        var head = known
        guard let intent = head.intent else { throw .stale }
        let name = DigestName(chain: head.name, end: intent.end, isBackfill: true)
        let file = DigestFile(body(head, intent, name.key(prefix: intent.prefix)))
        let round = try await seams.signer.round()
        guard let signature = try await round.sign(file.message, fingerprint: intent.fingerprint) else {
            // Its key's time is over: what it would have listed is found again.
            head.intent = nil
            guard try await heads.swap(head, ifRevision: revision) != nil else { throw .stale }
            throw .stale
        }
        var metadata = file.metadata(signature)
        metadata[DigestSignature.backfillTimeField] = DigestBody.backfillTime(intent.signedAt)
        let protection = ObjectProtection(intent.storage, from: Timestamp(milliseconds: intent.end.seconds * 1_000))
        do throws(ObjectError) {
            try await seams.store.put(file.bytes, at: file.location, metadata: metadata, protection: protection)
        } catch {
            guard case .exists = error else { throw .store(error) }
            let there: StoredObject
            do throws(ObjectError) { there = try await seams.store.get(file.location, limit: file.bytes.count) } catch {
                throw .store(error)
            }
            guard there.bytes == file.bytes, there.head.metadata == metadata else {
                throw .broken(file.location, reason: "another object lies at the name of a backfill digest")
            }
            if !there.head.keeping.fulfils(protection) {
                do throws(ObjectError) {
                    try await seams.store.replace(
                        file.bytes, at: file.location, metadata: metadata, protection: protection,
                        ifETag: there.head.etag)
                } catch { throw .store(error) }
            }
        }
        head.commit(file.link(signature))
        guard try await heads.swap(head, ifRevision: revision) != nil else { throw .stale }
        return Made(location: file.location, fileCount: intent.files.count)
    }

    private func body(_ head: BackfillHead, _ intent: BackfillHead.Intent, _ key: ObjectKey) -> DigestBody {
        let lane = Lane(
            trail: intent.trail, account: head.name.account, region: head.name.region, folder: .trail)
        return DigestBody(
            kind: .backfill, chainName: head.name, trail: intent.trail, chain: 1, number: head.number + 1,
            periodSeconds: intent.periodSeconds, start: intent.start, end: intent.end, bucket: intent.bucket, key: key,
            fingerprint: intent.fingerprint, signedAt: intent.signedAt, previous: head.previous, previousChain: nil,
            entries: intent.files.map { file in
                // No range: which sequences it holds, nothing says any more.
                DigestBody.Entry(
                    record: DeliveredRecord(
                        epoch: 0, lane: lane, kind: .file, from: 0, until: 0, at: intent.signedAt.seconds * 1_000,
                        file: file, digests: nil),
                    file: file)
            }, missing: [], reach: [], keyring: intent.keyring, logEnd: nil, lanes: nil, shredded: [])
    }
}
