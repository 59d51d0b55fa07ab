import CairnFormat
import CairnKeys
import CairnObjects
import CairnServer
import CairnTestKit

/// Reads log files as whoever holds the deployment's keys can.
struct LogFileOpener: Sendable {
    struct Opened: Sendable {
        var records: [String]
        /// Nil when the file is not encrypted.
        var messageID: [UInt8]?

        /// The `eventID` of each record.
        var ids: [String] { records.compactMap { Self.member("eventID", of: $0) } }

        /// The value of a member that is a text without escapes.
        static func member(_ name: String, of record: String) -> String? {
            guard let start = record.firstRange(of: "\"\(name)\":\"")?.upperBound else { return nil }
            return String(record[start...].prefix { $0 != "\"" })
        }
    }

    private static let byteCountMax = 1 << 26

    let console: Console
    let keyring: Keyring

    func open(_ location: ObjectLocation) async throws -> Opened {
        var bytes = try await console.store.get(location, limit: Self.byteCountMax).bytes
        var messageID: [UInt8]?
        if bytes.first == EncryptedHeader.version {
            let header = try EncryptedHeader.parse(bytes).header
            let keys = KeyServices(keyring: keyring, remote: console.world.kms)
            let dataKey = try await keys.open(header.dataKeys[0], context: header.context)
            bytes = try EncryptedFileReader.read(bytes, dataKey: dataKey, limit: Self.byteCountMax)
            messageID = header.messageID
        }
        let records = try LogFileReader.read(bytes)
        return Opened(
            records: records.ranges.indices.map { String(decoding: records.record($0), as: UTF8.self) },
            messageID: messageID)
    }

    /// The log files of all buckets.
    func list() async throws -> [ObjectLocation] { try await objects().filter { !DigestObject.is($0.key) } }

    /// The digests of all buckets.
    func listDigests() async throws -> [ObjectLocation] { try await objects().filter { DigestObject.is($0.key) } }

    private func objects() async throws -> [ObjectLocation] {
        var objects: [ObjectLocation] = []
        for bucket in Story.buckets {
            for key in try await console.store.list(bucket, prefix: "", after: nil, limit: 100_000) {
                objects.append(ObjectLocation(bucket: bucket, key: key))
            }
        }
        return objects
    }
}
