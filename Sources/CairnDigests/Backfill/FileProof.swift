import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects
import FoundationEssentials

/// Tells log files that this deployment wrote from others: encrypted for the name under which they lie, with a key that only
/// the deployment has, or whom it gave its trail keys.
struct FileProof: Sendable {
    private struct Event: Decodable {
        var eventTime: String?
    }

    let keys: any KeyService
    let store: any ObjectStore

    func origin(of location: ObjectLocation, in area: ArchiveRepair.Area) async throws(DigestError)
        -> UnlistedFile.Origin
    {
        let stored: [UInt8]
        do throws(ObjectError) {
            stored = try await store.get(location, limit: RecordsBody.byteCountMax).bytes
        } catch {
            switch error {
            case .tooLarge: return .unproven("it is larger than any log file of cairn")
            case .notFound: return .unproven("it has gone meanwhile")
            default: throw .store(error)
            }
        }
        guard stored.first == EncryptedHeader.version else {
            return .unproven("it is not encrypted, so anybody who may write the bucket could have made it")
        }
        let header: EncryptedHeader
        do throws(EncryptedFileProblem) { header = try EncryptedHeader.parse(stored).header } catch {
            return .unproven("\(error)")
        }
        guard let chain = Self.chain(header.context, in: area),
            header.context["aws:s3:arn"] == "arn:\(area.region.partition):s3:::\(location.bucket)/\(location.key)"
        else { return .unproven("it is encrypted for another name: \(header.context)") }
        guard header.dataKeys.count == 1, let wrap = header.dataKeys.first else {
            return .unproven("it is encrypted under \(header.dataKeys.count) keys, and cairn uses one")
        }
        let dataKey: Secret
        do throws(KeyError) { dataKey = try await keys.open(wrap, context: header.context) } catch {
            if case .unavailable = error { throw .keys(error) }
            return .unproven("its key cannot be opened: \(error)")
        }
        let body: LogFileReader.Records
        do {
            body = try LogFileReader.read(
                try EncryptedFileReader.read(stored, dataKey: dataKey, limit: stored.count))
        } catch { return .unproven("\(error)") }
        let times = body.ranges.indices.compactMap { i in
            (try? JSONDecoder().decode(Event.self, from: Data(body.record(i))))?.eventTime
                .flatMap { EventTime(iso8601: Array($0.utf8)) }
        }
        guard let oldest = times.min(), let newest = times.max(), times.count == body.ranges.count else {
            return .unproven("it holds \(body.ranges.count) records, of which \(times.count) have a time")
        }
        return .proven(
            chain,
            DeliveredRecord.File(
                bucket: location.bucket, key: location.key, contentHash: SHA256.hash(body.body),
                storedHash: SHA256.hash(stored), contentByteCount: body.body.count, storedByteCount: stored.count,
                recordCount: body.ranges.count, oldest: oldest, newest: newest, principals: [:], topic: nil,
                keyVersion: wrap.rawName(namespace: TrailKeyName.namespace)
                    ?? String(validating: wrap.info, as: UTF8.self)))
    }

    /// The chain of the trail that a file was encrypted for.
    private static func chain(_ context: EncryptionContext, in area: ArchiveRepair.Area) -> ChainName? {
        let parts = (context["aws:cloudtrail:arn"] ?? "").split(separator: ":", maxSplits: 5).map(String.init)
        guard parts.count == 6, parts[2] == "cloudtrail", let owner = try? AccountID(parts[4]),
            area.organization != nil || owner == area.account, parts[5].hasPrefix("trail/"),
            context["account"] == "\(area.account)", context["region"] == area.region.name,
            let home = try? Region(parts[3]), let trail = try? TrailName(String(parts[5].dropFirst(6)))
        else { return nil }
        return ChainName(
            organization: area.organization.map { ChainName.Organization(id: $0, owner: owner) },
            account: area.account, home: home, trail: trail, region: area.region)
    }
}
