import CairnCatalog
import CairnFormat
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnSystem

/// Makes digests: decides them, builds, signs and puts them, and commits (design 8, steps 1 to 5).
///
/// Whatever stops it between two steps, the next one finds the intent in the head and goes on to the same bytes.
struct DigestBuilder: Sendable {
    /// How often an object is found changed before the attempt ends.
    private static let attemptCountMax = 5
    /// The largest object that is looked at to tell whether it is ours.
    private static let byteCountMax = 64 << 20

    let heads: HeadDocuments
    let reader: DeliveredReader
    let store: any ObjectStore
    let time: any TimeSource
    let periodSeconds: Int64
    let find: @Sendable (Finding.Kind, _ subject: String, _ text: String) async -> Void
    /// The sequence behind the last one of the partition's log.
    let logEnd: @Sendable () async throws(LogError) -> UInt64
    /// Where a trail delivers now; nil when there is no such trail any more.
    let place: @Sendable (UniqueID) async throws(CatalogError) -> TrailPlace?

    // MARK: Steps 1 to 4: window, verify, intent

    /// The next digest of a chain, if one is due; nothing is written yet.
    func plan(_ state: ChainState, seen: UInt64, _ round: SigningRound) async throws(DigestError) -> ChainHead? {
        let head = state.head
        guard head.intent == nil else { return head }
        let items = try await reader.items(state.places)
        let now = time.now.seconds
        guard let window = DigestWindow.next(head, items, seen: seen, now: now, period: periodSeconds) else {
            return nil
        }
        let intent = try await intent(
            of: window, state, missing: try await verify(window.entries), round)
        var wanted = head
        do throws(ChainHead.Stale) { try wanted.begin(intent) } catch { throw .stale }
        return wanted
    }

    /// Compares what stands in the buckets with what was delivered. After the intent nothing is verified again.
    private func verify(_ entries: [DigestBody.Entry]) async throws(DigestError) -> [String: DigestBody.MissingReason] {
        var missing: [String: DigestBody.MissingReason] = [:]
        for entry in entries {
            guard entry.record.kind == .file else {
                missing[entry.file.key.text] = .abandoned
                continue
            }
            guard let reason = try await problem(of: entry.file) else { continue }
            missing[entry.file.key.text] = reason
            let location = ObjectLocation(bucket: entry.file.bucket, key: entry.file.key)
            await find(
                .missingObject, "\(location)",
                "a delivered file \(reason == .gone ? "was gone" : "was another") when its digest was made: "
                    + "\(entry.file.recordCount) records, SHA-256 \(entry.file.contentHash) before compression. The digest says so; "
                    + "find out who changed the bucket, and bring the file back from a copy")
        }
        return missing
    }

    private func problem(of file: DeliveredRecord.File) async throws(DigestError) -> DigestBody.MissingReason? {
        let location = ObjectLocation(bucket: file.bucket, key: file.key)
        func hash() async throws(ObjectError) -> SHA256Hash {
            SHA256.hash(try await store.get(location, limit: max(file.storedByteCount, 1)).bytes)
        }
        do throws(ObjectError) {
            let found = try await hash()
            if found == file.storedHash { return nil }
            // What is signed cannot be taken back, and a bit may flip on the way from the store.
            let again = try await hash()
            if again == file.storedHash { return nil }
            guard again == found else {
                throw .unavailable(location, reason: "it gave other bytes each time it was read")
            }
            return .altered
        } catch {
            switch error {
            case .notFound: return .gone
            case .tooLarge: return .altered
            default: throw .store(error)
            }
        }
    }

    private func intent(
        of window: DigestWindow, _ state: ChainState, missing: [String: DigestBody.MissingReason], _ round: SigningRound
    ) async throws(DigestError) -> ChainHead.Intent {
        let head = state.head
        let key = try await round.key(head.name.region, now: time.now)
        var place = window.place?.place ?? head.place
        if window.kind == .hourly {
            do throws(CatalogError) {
                if let now = try await self.place(window.trail) { place = now }
            } catch { throw .catalog(error) }
        }
        let isHome = head.name.isHome
        let end: UInt64
        do throws(LogError) { end = try await logEnd() } catch { throw .log(error) }
        var lanes: SHA256Hash?
        if isHome { lanes = try await heads.keep(try await heads.lanes(of: head.name), of: head.name, end: window.end) }
        let earlier = head.signedAt?.seconds ?? .min
        return ChainHead.Intent(
            kind: window.kind, start: window.start, end: window.end, until: window.until, folders: window.folders,
            trail: window.trail, bucket: place.bucket, prefix: place.prefix, storage: place.storage,
            topic: place.digestTopic, periodSeconds: Int(periodSeconds), fingerprint: key.fingerprint,
            signedAt: EventTime(seconds: max(time.now.seconds, window.end.seconds, earlier)),
            missing: missing, keyring: round.mark, logEnd: end, lanes: lanes,
            shredded: isHome ? round.shredded(window.trail, after: earlier) : [],
            backfill: state.backfill)
    }

    // MARK: Step 4: build, sign, put

    /// Puts the digest of a head's intent. Returns the head as it is to be committed, or with another key where the one
    /// that was to sign does not sign any more.
    func finish(_ state: ChainState, _ round: SigningRound) async throws(DigestError) -> ChainHead {
        var head = state.head
        guard let intent = head.intent else { throw .stale }
        let items = try await reader.items(state.places.filter { $0 < intent.until })
        let file = DigestFile(
            try await body(head, intent, DigestWindow.between(head, items, until: intent.until)))
        var signature = try await round.sign(file.message, fingerprint: intent.fingerprint)
        if signature == nil {
            // Perhaps it was put before the key's time was over: then it counts.
            signature = try await standing(file, intent.fingerprint, round)
        }
        guard let signature else {
            let key = try await round.key(head.name.region, now: time.now)
            head.intent?.fingerprint = key.fingerprint
            head.intent?.signedAt = EventTime(seconds: max(time.now.seconds, intent.signedAt.seconds))
            return head
        }
        try await put(
            file.bytes, at: file.location, metadata: file.metadata(signature),
            protection: ObjectProtection(intent.storage, from: Timestamp(milliseconds: intent.end.seconds * 1_000)),
            head: state.head, round)
        do throws(ChainHead.Stale) { try head.commit(intent, file.link(signature)) } catch { throw .stale }
        return head
    }

    private func body(
        _ head: ChainHead, _ intent: ChainHead.Intent,
        _ window: (entries: [DigestBody.Entry], begun: [ChainHead.FolderState.Key: UInt64])
    ) async throws(DigestError) -> DigestBody {
        var lanes: [DigestBody.LaneState]?
        if let hash = intent.lanes {
            lanes = try await heads.lanes(hash, of: head.name, end: intent.end)
            // It goes only with the commit: the head has moved.
            if lanes == nil { throw .stale }
        }
        let isStarting = intent.kind == .starting
        var before = window.begun
        for state in head.folders { before[state.key] = state.until }
        // A lane that has ended is spoken of for the last time where it ends.
        let lasting = intent.folders.filter { state in
            state.isOpen || !head.folders.contains { $0 == state }
        }
        let name = DigestName(chain: head.name, end: intent.end)
        return DigestBody(
            kind: intent.kind, chainName: head.name, trail: intent.trail, chain: head.chain + (isStarting ? 1 : 0),
            number: isStarting ? 1 : head.number + 1, periodSeconds: intent.periodSeconds, start: intent.start,
            end: intent.end, bucket: intent.bucket, key: name.key(prefix: intent.prefix),
            fingerprint: intent.fingerprint, signedAt: intent.signedAt, previous: isStarting ? nil : head.previous,
            previousChain: isStarting ? head.previous : nil,
            entries: window.entries.filter { intent.missing[$0.file.key.text] == nil },
            missing: window.entries.compactMap { entry in
                intent.missing[entry.file.key.text].map { DigestBody.Missing(entry: entry, reason: $0) }
            },
            reach: lasting.map {
                DigestBody.Reach(
                    trail: $0.trail, folder: $0.folder, epoch: $0.epoch,
                    from: isStarting ? $0.until : before[$0.key] ?? $0.until, until: $0.until)
            },
            keyring: intent.keyring, logEnd: intent.logEnd, lanes: lanes, shredded: intent.shredded,
            backfill: intent.backfill)
    }

    /// The signature of what stands at a digest's name, if it is the digest, signed by the key that was to sign it.
    private func standing(
        _ file: DigestFile, _ fingerprint: String, _ round: SigningRound
    ) async throws(DigestError) -> String? {
        let there: StoredObject
        do throws(ObjectError) { there = try await store.get(file.location, limit: file.bytes.count) } catch {
            switch error {
            case .notFound, .tooLarge: return nil
            default: throw .store(error)
            }
        }
        guard there.bytes == file.bytes, let signature = there.head.metadata[DigestSignature.field],
            try await round.isOurs(signature, of: file.message, fingerprint: fingerprint)
        else { return nil }
        return signature
    }

    /// Puts a digest at its name, which nobody else may take: names of digests have no room for a random part.
    private func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], protection: ObjectProtection?,
        head: ChainHead, _ round: SigningRound
    ) async throws(DigestError) {
        for _ in 0..<Self.attemptCountMax {
            do throws(ObjectError) {
                try await store.put(bytes, at: location, metadata: metadata, protection: protection)
                return
            } catch {
                guard case .exists = error else { throw .store(error) }
            }
            guard let there = try await look(at: location) else { continue }
            let isSame = there.bytes == bytes && there.head.metadata == metadata
            if isSame, there.head.keeping.fulfils(protection) { return }
            // A bit may flip on the way from the store: only what comes twice is there.
            guard try await look(at: location) == there else { continue }
            // Ours from before, or another builder's: the head has moved.
            guard try await heads.read(head.name)?.content == head else { throw .stale }
            // The same that is not kept as it is to be: the store may say what it does once it has it again.
            if !isSame {
                if try await isOurs(there, at: location, round) { throw .rolledBack(location) }
                await find(
                    .plantedObject, "\(location)",
                    "an object that cairn did not write stood at the name of a digest; it is in quarantine now")
            }
            do throws(ObjectError) {
                try await store.replace(
                    bytes, at: location, metadata: metadata, protection: protection, ifETag: there.head.etag)
                // The store has said that it keeps it as asked; how long it holds it these credentials may not know.
                if isSame { return }
            } catch {
                switch error {
                case .changed, .notFound: continue
                default: throw .store(error)
                }
            }
        }
        throw .store(.unavailable(location, reason: "the object keeps changing under us"))
    }

    /// What stands at a name; nil when it is gone again, or being changed.
    private func look(at location: ObjectLocation) async throws(DigestError) -> StoredObject? {
        do throws(ObjectError) { return try await store.get(location, limit: Self.byteCountMax) } catch {
            switch error {
            case .changed, .notFound: return nil
            // Longer than any of ours: its etag is enough to overwrite it.
            case .tooLarge: break
            default: throw .store(error)
            }
        }
        do throws(ObjectError) { return StoredObject(bytes: [], head: try await store.head(location)) } catch {
            throw .store(error)
        }
    }

    /// Whether a digest carries a signature of this deployment.
    private func isOurs(
        _ there: StoredObject, at location: ObjectLocation, _ round: SigningRound
    ) async throws(DigestError) -> Bool {
        guard let signature = there.head.metadata[DigestSignature.field],
            let json = try? Gunzip.member(there.bytes, limit: 256 << 20),
            let claims = DigestClaims(json), claims.bucket == location.bucket.text, claims.key == location.key.text
        else { return false }
        let message = DigestSignature.message(
            end: claims.end, bucket: claims.bucket, key: claims.key, bodyHash: SHA256.hash(json),
            previousSignature: claims.previousSignature)
        return try await round.isOurs(signature, of: message, fingerprint: claims.fingerprint)
    }
}
