import CairnCatalog
import CairnFormat
import CairnLog
import CairnNative
import CairnObjects

/// What lies in the archive and what is known of it.
extension ArchiveRepair {
    /// The folders of one account and Region, wherever trails deliver.
    struct Area: Hashable, Comparable {
        /// Of an organization's trail.
        var organization: OrganizationID?
        var account: AccountID
        var region: Region

        init(_ chain: ChainName) {
            (organization, account, region) = (chain.organization?.id, chain.account, chain.region)
        }

        static func < (a: Area, b: Area) -> Bool {
            (a.organization?.text ?? "", a.account, a.region) < (b.organization?.text ?? "", b.account, b.region)
        }
    }

    /// Where trails deliver: a bucket, and all of a key before `AWSLogs/`.
    private struct Root: Hashable {
        var bucket: BucketName
        var path: String
    }

    /// Looks through the archive of every chain.
    ///
    /// - Throws: ``DigestError/broken(_:reason:)`` when a chain cannot be followed: what its older digests list is not known then.
    package func survey() async throws(DigestError) -> Survey {
        var survey = Survey()
        var chains: [Area: [ChainHead]] = [:]
        for head in try await heads.list() {
            chains[Area(head.name), default: []].append(head)
        }
        for (area, heads) in chains.sorted(by: { $0.key < $1.key }) { try await look(area, heads, &survey) }
        return survey
    }

    private func look(_ area: Area, _ chains: [ChainHead], _ survey: inout Survey) async throws(DigestError) {
        var roots: Set<Root> = []
        for head in chains { roots.insert(Root(bucket: head.bucket, path: head.prefix.map { "\($0)/" } ?? "")) }
        var listed: Set<ObjectLocation> = []
        for head in chains {
            try await refuseRolledBack(head)
            try await follow(head.previous, &listed, &survey)
            try await follow(try await heads.backfill(head.name)?.content.previous, &listed, &survey)
        }
        // Where the trails delivered before.
        for location in listed {
            if let root = Self.root(of: location) { roots.insert(root) }
        }
        var found: [ObjectLocation] = []
        for root in roots { found += try await files(area, root) }
        let recorded = try await recorded(area)
        survey.fileCount += found.count
        for location in found.sorted(by: { "\($0)" < "\($1)" })
        where !listed.contains(location) && !recorded.contains(location) {
            if let since = seams.pendingSince, Self.mayBePending(location, since: since) {
                survey.pendingCount += 1
                continue
            }
            var origin = try await proof.origin(of: location, in: area)
            if case .proven(let chain, _) = origin, !chains.contains(where: { $0.name == chain }) {
                origin = .unproven("it is of trail \(chain.trail) of \(chain.home), which has no digests")
            }
            survey.unlisted.append(UnlistedFile(location: location, origin: origin))
        }
    }

    /// Digests that the head knows nothing of: what they list would look unlisted.
    private func refuseRolledBack(_ head: ChainHead) async throws(DigestError) {
        let folder = DigestName.folder(head.name, prefix: head.prefix)
        let (region, trail, home) = (head.name.region, head.name.trail, head.name.home)
        let series = "\(head.name.account)_CloudTrail-Digest_\(region)_\(trail)_\(home)_"
        // Days sort as times do.
        let last = head.end.map { "\(folder)\($0.datePath)/\(series)\($0.secondStamp).json.gz" }
        for key in try await list(head.bucket, prefix: folder, after: last) {
            guard let name = key.text.split(separator: "/").last, name.hasPrefix(series),
                !name.hasSuffix("_backfill.json.gz"),
                head.intent.map({ "\(DigestName(chain: head.name, end: $0.end))" != name }) ?? true
            else { continue }
            throw .rolledBack(ObjectLocation(bucket: head.bucket, key: key))
        }
    }

    private static func root(of location: ObjectLocation) -> Root? {
        location.key.text.firstRange(of: "AWSLogs/").map {
            Root(bucket: location.bucket, path: String(location.key.text[..<$0.lowerBound]))
        }
    }

    /// The name of a log file says the minute in which its cut began.
    private static func mayBePending(_ location: ObjectLocation, since: EventTime) -> Bool {
        let parts = location.key.text.split(separator: "_")
        guard parts.count >= 2 else { return true }
        return String(parts[parts.count - 2]) >= since.minuteStamp
    }

    /// What a chain's digests list, from one back to the first. Each is proven by the hash that its successor has of it.
    private func follow(
        _ newest: DigestBody.Previous?, _ listed: inout Set<ObjectLocation>, _ survey: inout Survey
    ) async throws(DigestError) {
        var next = newest.map {
            StoredDigest.Link(location: ObjectLocation(bucket: $0.bucket, key: $0.key), hash: $0.hash)
        }
        while let link = next {
            let stored: StoredObject
            do throws(ObjectError) {
                stored = try await seams.store.get(link.location, limit: Self.digestByteCountMax)
            } catch {
                if case .notFound = error { throw .broken(link.location, reason: "it is gone") }
                throw .store(error)
            }
            guard let body = try? Gunzip.member(stored.bytes, limit: Self.contentByteCountMax),
                SHA256.hash(body) == link.hash
            else { throw .broken(link.location, reason: "it is not the digest that its successor names") }
            do throws(StoredDigest.Unreadable) {
                let digest = try StoredDigest(body)
                listed.formUnion(digest.files)
                next = digest.before
            } catch { throw .broken(link.location, reason: "it is no digest of cairn") }
            survey.digestCount += 1
        }
    }

    private func files(_ area: Area, _ root: Root) async throws(DigestError) -> [ObjectLocation] {
        var found: [ObjectLocation] = []
        for folder in LogFolder.allCases {
            let account = AccountFolder.path(organization: area.organization, account: area.account)
            let prefix = "\(root.path)\(account)\(folder.rawValue)/\(area.region)/"
            found += try await list(root.bucket, prefix: prefix).map { ObjectLocation(bucket: root.bucket, key: $0) }
        }
        return found
    }

    private func list(
        _ bucket: BucketName, prefix: String, after: String? = nil
    ) async throws(DigestError) -> [ObjectKey] {
        var (found, after): ([ObjectKey], String?) = ([], after)
        while true {
            let keys: [ObjectKey]
            do throws(ObjectError) {
                keys = try await seams.store.list(bucket, prefix: prefix, after: after, limit: 1_000)
            } catch { throw .store(error) }
            guard let last = keys.last else { return found }
            found += keys
            after = last.text
        }
    }

    /// Files of an area that are recorded as delivered, or given up, and may not be digested yet.
    private func recorded(_ area: Area) async throws(DigestError) -> Set<ObjectLocation> {
        var recorded: Set<ObjectLocation> = []
        for log in seams.delivered {
            do throws(LogError) {
                var next = try await log.bounds().first
                while true {
                    let chunk = try await log.read(from: next, byteCountMax: 1 << 20)
                    guard chunk.next > next else { break }
                    for frame in chunk.frames where frame.kind == .delivered {
                        guard let record = DeliveredCoding.decode(chunk.payload(frame)), let file = record.file,
                            record.lane.account == area.account, record.lane.region == area.region
                        else { continue }
                        recorded.insert(ObjectLocation(bucket: file.bucket, key: file.key))
                    }
                    next = chunk.next
                }
            } catch { throw .log(error) }
        }
        return recorded
    }
}
