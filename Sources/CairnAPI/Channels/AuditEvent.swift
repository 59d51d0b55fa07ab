import CairnFormat
import CairnNative
import FoundationEssentials

/// One event of PutAuditEvents, checked by its schema (reference 10.9), as the log takes it.
struct AuditEvent: Sendable, Equatable {
    /// Why one event is not taken, while others of its request are.
    struct Failure: Error, Sendable, Equatable {
        let code: String
        let message: String

        static func missing(_ field: String) -> Failure {
            Failure(code: "FieldNotFound", message: "\(field): expected a value, found nothing")
        }

        static func wrong(_ field: String, _ expected: String, _ found: String) -> Failure {
            Failure(code: "InvalidData", message: "\(field): expected \(expected), found \(found)")
        }

        static func tooLong(_ field: String, _ max: Int, _ found: Int, _ unit: String = "characters") -> Failure {
            Failure(code: "FieldTooLong", message: "\(field): expected at most \(max) \(unit), found \(found)")
        }
    }

    private static let texts: [(name: String, isRequired: Bool, lengthMax: Int)] = [
        ("version", true, 256), ("userAgent", false, 1_024), ("eventSource", true, 1_024), ("eventName", true, 1_024),
        ("eventTime", true, 64), ("UID", true, 1_024), ("errorCode", false, 256), ("errorMessage", false, 256),
        ("sourceIPAddress", false, 64), ("recipientAccountId", true, 16),
    ]
    private static let objects: [(name: String, byteCountMax: Int)] = [
        ("requestParameters", 100 << 10), ("responseElements", 100 << 10), ("additionalEventData", 28 << 10),
    ]
    /// What every record has, and the channel fills in.
    private static let filled = ["eventID", "awsRegion", "eventType", "eventCategory", "managementEvent", "metadata"]

    let id: UniqueID
    /// The record.
    let json: String

    /// - Parameters:
    ///   - text: the event's JSON.
    ///   - checksum: base64 of the SHA-256 that the text should have; nil: it is not compared.
    ///   - entry: the id that the event has in its request.
    ///   - nameKey: makes the record's id out of channel, entry and text: who sends again gets the same one, and what was taken
    ///     already is known again.
    init(
        _ text: String, checksum: String?, entry: String, channel: Channel, nameKey: [UInt8]
    ) throws(Failure) {
        let bytes = Array(text.utf8)
        let hash = SHA256.hash(bytes)
        if let checksum, checksum != Data(hash.array).base64EncodedString() {
            throw Failure(
                code: "InvalidChecksum",
                message: "eventDataChecksum: expected the base64 of the SHA-256 of eventData, found another")
        }
        let json: StrictJSON
        do throws(StrictJSON.Problem) { json = try StrictJSON.parse(bytes) } catch {
            throw Failure(code: "InvalidData", message: "eventData: expected JSON, found none: \(error)")
        }
        guard case .object(let members) = json else { throw .wrong("eventData", "an object", json.kind) }
        try Self.checkTexts(json)
        try Self.checkIdentity(json["userIdentity"])
        try Self.checkObjects(json)
        guard let time = Self.time(json["eventTime"]?.text ?? "") else {
            throw .wrong("eventTime", "yyyy-MM-DDTHH:mm:ss in UTC", json["eventTime"]?.shown ?? "nothing")
        }
        if let address = json["sourceIPAddress"]?.text, IPAddress(text: address) == nil {
            throw .wrong("sourceIPAddress", "an IPv4 or IPv6 address", "'\(address.prefix(64))'")
        }
        guard json["recipientAccountId"]?.text == channel.account.description else {
            throw Failure(
                code: "InvalidRecipient",
                message: "recipientAccountId: expected \(channel.account), whose channel it is, found "
                    + (json["recipientAccountId"]?.shown ?? "nothing"))
        }
        if let taken = members.first(where: { Self.filled.contains($0.name) }) {
            throw .wrong(taken.name, "none, since the channel fills it in", taken.value.shown)
        }
        let name = HMAC.sha256(key: nameKey, Array("audit event \(channel.id) \(entry) \(hash.hex)".utf8))
        id = UniqueID(random: Array(name.array.prefix(16)))
        let record =
            members.map { $0.name == "eventTime" ? ($0.name, .string(time.description)) : $0 } + [
                ("eventID", .string(id.text)), ("awsRegion", .string(channel.region.name)),
                ("eventType", .string("ActivityLog")), ("eventCategory", .string("Management")),
                ("managementEvent", .bool(true)), ("metadata", .object([("channelARN", .string(channel.arn))])),
            ]
        self.json = StrictJSON.object(record).json
    }

    private static func checkTexts(_ json: StrictJSON) throws(Failure) {
        for (name, isRequired, lengthMax) in texts {
            guard let value = json[name], !value.isNull else {
                if isRequired { throw .missing(name) }
                continue
            }
            guard let text = value.text else { throw .wrong(name, "a string", value.kind) }
            guard !text.isEmpty || !isRequired else { throw .missing(name) }
            let length = text.unicodeScalars.count
            guard length <= lengthMax else { throw .tooLong(name, lengthMax, length) }
        }
    }

    private static func checkIdentity(_ json: StrictJSON?) throws(Failure) {
        guard let json, !json.isNull else { throw .missing("userIdentity") }
        guard case .object = json else { throw .wrong("userIdentity", "an object", json.kind) }
        for (name, lengthMax) in [("type", 128), ("principalId", 1_024)] {
            let field = "userIdentity.\(name)"
            guard let value = json[name], !value.isNull else { throw .missing(field) }
            guard let text = value.text else { throw .wrong(field, "a string", value.kind) }
            guard text.unicodeScalars.count <= lengthMax else {
                throw .tooLong(field, lengthMax, text.unicodeScalars.count)
            }
        }
        if let details = json["details"], !details.isNull, details.kind != "an object" {
            throw .wrong("userIdentity.details", "an object", details.kind)
        }
    }

    private static func checkObjects(_ json: StrictJSON) throws(Failure) {
        for (name, byteCountMax) in objects {
            guard let value = json[name], !value.isNull else { continue }
            guard case .object = value else { throw .wrong(name, "an object", value.kind) }
            let byteCount = value.json.utf8.count
            guard byteCount <= byteCountMax else { throw .tooLong(name, byteCountMax, byteCount, "bytes") }
        }
    }

    /// With the Z that stands for UTC, or without.
    private static func time(_ text: String) -> EventTime? {
        EventTime(iso8601: Array((text.hasSuffix("Z") ? text : text + "Z").utf8))
    }
}
