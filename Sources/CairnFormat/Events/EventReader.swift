import CairnNative

/// Reads events as they come in: validates them, finds where they belong, and fills in what CloudTrail's rules allow.
///
/// The bytes of an event are never re-serialised: filled fields are appended before its closing brace. Source of the
/// rules: reference 2.2 to 2.6. Not for use by two tasks at once.
package final class EventReader {
    private let json = JSONReader()
    private let hash = SHA256()
    private var scratch: [UInt8] = []
    /// Regions that were just read, of those that exist: most requests hold a few.
    private var recentRegions: [(bytes: [UInt8], region: Region)] = []
    private var recentKnown: Set<Region> = []

    package init() {}

    /// Reads the event at `range` of `buffer`, which goes on for ``JSONReader/padding`` bytes behind it.
    ///
    /// - Parameters:
    ///   - now: the door's clock.
    ///   - makeID: gives 16 random bytes, for an event without an `eventID`.
    package func read(
        _ buffer: [UInt8],
        _ range: Range<Int>,
        rules: IntakeRules,
        now: EventTime,
        makeID: () -> [UInt8]
    ) throws(EventRefusal) -> AcceptedEvent {
        let range = Self.trimmed(buffer, range)
        guard range.count <= IntakeRules.eventByteCountMax else {
            throw EventRefusal(
                .tooLarge,
                expected: "at most \(IntakeRules.eventByteCountMax) bytes",
                found: "\(range.count) bytes"
            )
        }
        let result: Result<AcceptedEvent, EventRefusal>
        do throws(JSONProblem) {
            result = try json.read(buffer, range) { fields in
                do throws(EventRefusal) {
                    return .success(try accept(fields, buffer, range, rules, now, makeID))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw EventRefusal(error)
        }
        return try result.get()
    }

    private static func trimmed(_ buffer: [UInt8], _ range: Range<Int>) -> Range<Int> {
        func isSpace(_ c: UInt8) -> Bool { c == 0x20 || c == 0x09 || c == 0x0A || c == 0x0D }
        var (first, end) = (range.lowerBound, range.upperBound)
        while first < end && isSpace(buffer[first]) { first += 1 }
        while end > first && isSpace(buffer[end - 1]) { end -= 1 }
        return first..<end
    }

    private func accept(
        _ fields: borrowing JSONFields,
        _ buffer: [UInt8],
        _ range: Range<Int>,
        _ rules: IntakeRules,
        _ now: EventTime,
        _ makeID: () -> [UInt8]
    ) throws(EventRefusal) -> AcceptedEvent {
        let time = try self.time(fields[.eventTime], now)
        let source = fields[.eventSource]
        let name = fields[.eventName]
        try Self.requireText(source, "eventSource", byteCountMax: 256)
        try Self.requireText(name, "eventName", byteCountMax: 256)
        try checkSource(source, rules)

        var ending = EventEnding(isFirst: fields.memberCount == 0)
        let category = try self.category(fields, rules, &ending)
        let account = try self.account(fields, rules, &ending)
        let isGlobal = Self.isGlobal(fields, source)
        let region = try self.region(fields[.awsRegion], rules, isGlobal: isGlobal, &ending)
        let readOnly = try self.readOnly(fields, category, &ending)
        try fillManagementEvent(fields[.managementEvent], category, fields[.eventType], &ending)
        if try !Self.optionalText(fields[.eventVersion], "eventVersion", byteCountMax: 16) {
            ending.add("eventVersion", text: "1.11")
        }

        let id = fields[.eventID]
        let hasID = try Self.optionalText(id, "eventID", byteCountMax: 256)
        var key: UInt64 = 0
        if hasID {
            scratch.removeAll(keepingCapacity: true)
            account.append(to: &scratch)
            scratch.append(contentsOf: region.name.utf8)
            scratch.append(0)
            id.append(to: &scratch)
            hash.update(scratch)
            key = hash.finish().word(0)
        } else {
            ending.add("eventID", text: UniqueID(random: makeID()).text)
        }
        scratch.removeAll(keepingCapacity: true)
        scratch.append(contentsOf: rules.principal.utf8)
        scratch.append(0)
        hash.update(scratch)
        // Events of cairn's own are named by what they tell of: told again after a crash, such a one is the same, whatever else
        // has become known meanwhile.
        if rules.isCairn, hasID {
            hash.update((0..<8).map { UInt8(truncatingIfNeeded: key >> (8 * $0)) })
        } else {
            hash.update(buffer, range)
        }
        let print = hash.finish()

        return AcceptedEvent(
            range: range,
            ending: ending.closed(),
            account: account,
            region: region,
            outline: EventOutline(
                category: category,
                readOnly: readOnly,
                excludable: source.equals("kms.amazonaws.com")
                    ? .kms : source.equals("rdsdata.amazonaws.com") ? .rdsdata : .none,
                isGlobal: isGlobal,
                hasMadeUpID: !hasID,
                time: time,
                key: key,
                fingerprint: .init(high: print.word(0), low: print.word(1))
            )
        )
    }

    // MARK: The fields, one by one

    private func time(_ value: JSONValue, _ now: EventTime) throws(EventRefusal) -> EventTime {
        try Self.requireText(value, "eventTime", byteCountMax: 64)
        let expected = "YYYY-MM-DDTHH:MM:SSZ, a moment that exists, in UTC and whole seconds"
        guard let time = value.withBytes({ EventTime(iso8601: $0) }) ?? nil else {
            throw EventRefusal(.badValue, field: "eventTime", expected: expected, found: "'\(value.string ?? "")'")
        }
        guard time >= IntakeRules.timeMin, time.seconds <= now.seconds + IntakeRules.aheadMax else {
            throw EventRefusal(
                .timeOutOfRange,
                field: "eventTime",
                expected: "\(IntakeRules.timeMin) to 24 hours after this server's clock (\(now))",
                found: time.iso8601
            )
        }
        return time
    }

    private func checkSource(_ value: JSONValue, _ rules: IntakeRules) throws(EventRefusal) {
        if let sources = rules.sources, !sources.contains(value.string ?? "") {
            throw EventRefusal(
                .sourceNotAllowed,
                field: "eventSource",
                expected:
                    "one that principal \(rules.principal) is bound to: \(sources.sorted().joined(separator: ", "))",
                found: "'\(value.string ?? "")'"
            )
        }
        let isOurs = value.withBytes { bytes in
            bytes.count >= 6
                && zip(bytes.suffix(6), ".cairn".utf8).allSatisfy { $0 == $1 || ($0 | 0x20 == $1 && $1 != 0x2E) }
        }
        guard isOurs != true || rules.isCairn else {
            throw EventRefusal(
                .reserved,
                field: "eventSource",
                expected: "a source of yours: those that end in .cairn are cairn's own",
                found: "'\(value.string ?? "")'"
            )
        }
    }

    private func category(
        _ fields: borrowing JSONFields,
        _ rules: IntakeRules,
        _ ending: inout EventEnding
    ) throws(EventRefusal) -> EventCategory {
        let type = fields[.eventType]
        let saysType = try Self.optionalText(type, "eventType", byteCountMax: 64)
        let category: EventCategory
        if try Self.optionalText(fields[.eventCategory], "eventCategory", byteCountMax: 64) {
            guard let named = Self.category(fields[.eventCategory]) else {
                throw EventRefusal(
                    .badValue, field: "eventCategory", expected: "Management, Data or NetworkActivity",
                    found: "'\(fields[.eventCategory].string ?? "")'")
            }
            category = named
        } else {
            let isManagement = try Self.optionalBool(fields[.managementEvent], "managementEvent") ?? true
            category =
                type.equals("AwsVpceEvent") || type.equals("AwsVpceEvents")
                ? .networkActivity : isManagement ? .management : .data
            ending.add("eventCategory", text: category.name)
        }
        let reserved =
            category == .insight || category == .aggregated || type.equals("AwsCloudTrailInsight")
            || type.equals("AwsAggregatedEvent")
        guard !reserved || rules.isCairn else {
            throw EventRefusal(
                .reserved,
                field: "eventCategory",
                expected: "Management, Data or NetworkActivity: Insight and Aggregated events are made by cairn alone",
                found: "\(category.name), \(type.string ?? "no eventType")"
            )
        }
        if !saysType { ending.add("eventType", text: category == .networkActivity ? "AwsVpceEvent" : "AwsApiCall") }
        return category
    }

    private static func category(_ value: JSONValue) -> EventCategory? {
        if value.equals("Management") { return .management }
        if value.equals("Data") { return .data }
        return EventCategory(name: value.string ?? "")
    }

    private func account(
        _ fields: borrowing JSONFields,
        _ rules: IntakeRules,
        _ ending: inout EventEnding
    ) throws(EventRefusal) -> AccountID {
        let value = fields[.recipientAccountId]
        let account: AccountID
        var field = "recipientAccountId"
        if value.kind != .absent {
            try Self.requireText(value, field, byteCountMax: 64)
            guard let read = value.withBytes({ AccountID(digits: $0) }) ?? nil else {
                throw EventRefusal(
                    .badValue, field: field, expected: "an account id: 12 digits", found: "'\(value.string ?? "")'")
            }
            account = read
        } else if let implied = rules.impliedAccount {
            account = implied
            ending.add(field, text: implied.description)
        } else if let read = fields[.userIdentityAccountId].withBytes({ AccountID(digits: $0) }) ?? nil {
            field = "userIdentity.accountId"
            account = read
            ending.add("recipientAccountId", text: read.description)
        } else {
            throw EventRefusal(
                .missingField,
                field: field,
                expected: "the account the event belongs to, in the event or as ?account= of the request",
                found: "nothing"
            )
        }
        if let allowed = rules.accounts, !allowed.contains(account) {
            throw EventRefusal(
                .accountNotAllowed,
                field: field,
                expected: "an account that principal \(rules.principal) may write for",
                found: account.description
            )
        }
        guard rules.knownAccounts.contains(account) else {
            throw EventRefusal(
                .unknownAccount,
                field: field,
                expected: "an account of this deployment (add it with 'cairn accounts add \(account)')",
                found: account.description
            )
        }
        return account
    }

    private func region(
        _ value: JSONValue,
        _ rules: IntakeRules,
        isGlobal: Bool,
        _ ending: inout EventEnding
    ) throws(EventRefusal) -> Region {
        guard try Self.optionalText(value, "awsRegion", byteCountMax: 64) else {
            // Global services record in one Region of the partition, wherever the call came from (reference 6.5).
            let leader = rules.defaultRegion.leader
            let region = isGlobal && rules.knownRegions.contains(leader) ? leader : rules.defaultRegion
            guard rules.knownRegions.contains(region) else { throw Self.unknownRegion(region) }
            ending.add("awsRegion", text: region.name)
            return region
        }
        if recentKnown != rules.knownRegions { recentRegions = [] }
        // Also when they are equal: the next comparison then finds one storage.
        recentKnown = rules.knownRegions
        let recent = value.withBytes { bytes in recentRegions.first { bytes.elementsEqual($0.bytes) } } ?? nil
        if let recent { return recent.region }
        let text = value.string ?? ""
        guard let region = try? Region(text) else {
            throw EventRefusal(
                .badValue, field: "awsRegion", expected: "a Region such as us-east-1", found: "'\(text)'")
        }
        guard rules.knownRegions.contains(region) else {
            throw Self.unknownRegion(region)
        }
        if recentRegions.count >= 32 { recentRegions = [] }
        recentRegions.append((Array(text.utf8), region))
        return region
    }

    private static func unknownRegion(_ region: Region) -> EventRefusal {
        EventRefusal(
            .unknownRegion, field: "awsRegion", expected: "a Region of this deployment, in the event or as ?region=",
            found: region.name)
    }

    private func readOnly(
        _ fields: borrowing JSONFields,
        _ category: EventCategory,
        _ ending: inout EventEnding
    ) throws(EventRefusal) -> EventOutline.ReadOnly {
        if let said = try Self.optionalBool(fields[.readOnly], "readOnly") { return said ? .yes : .no }
        guard category == .management || category == .data else { return .unsaid }
        let reads = Self.isReadName(fields[.eventName].string ?? "")
        ending.add("readOnly", bool: reads)
        return reads ? .yes : .no
    }

    /// Whether an action of this name only reads (reference 2.6).
    package static func isReadName(_ name: String) -> Bool {
        let whole = [
            "Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateRandom", "Query",
            "Scan",
        ]
        let prefixes = ["Describe", "Get", "List", "Head", "BatchGet", "Lookup", "Search", "Select"]
        return whole.contains(name)
            || prefixes.contains { prefix in
                name.hasPrefix(prefix) && (name.dropFirst(prefix.count).first.map { !$0.isLowercase } ?? true)
            }
    }

    private func fillManagementEvent(
        _ value: JSONValue,
        _ category: EventCategory,
        _ type: JSONValue,
        _ ending: inout EventEnding
    ) throws(EventRefusal) {
        guard try Self.optionalBool(value, "managementEvent") == nil else { return }
        let hasIt =
            type.kind == .absent || type.equals("AwsApiCall") || type.equals("AwsConsoleAction")
            || type.equals("AwsConsoleSignIn") || type.equals("AwsServiceEvent")
        guard category == .management || category == .data, hasIt else { return }
        ending.add("managementEvent", bool: category == .management)
    }

    /// Whether the event is of a service without Regions (reference 6.5, 6.6).
    private static func isGlobal(_ fields: borrowing JSONFields, _ source: JSONValue) -> Bool {
        if source.equals("iam.amazonaws.com") || source.equals("cloudfront.amazonaws.com") { return true }
        guard source.equals("sts.amazonaws.com") else { return false }
        return fields[.endpointType].equals("global") || fields[.clientProvidedHostHeader].equals("sts.amazonaws.com")
    }

    // MARK: Types

    private static func requireText(_ value: JSONValue, _ field: String, byteCountMax: Int) throws(EventRefusal) {
        guard try optionalText(value, field, byteCountMax: byteCountMax) else {
            throw EventRefusal(.missingField, field: field, expected: "a string", found: "nothing")
        }
    }

    private static func optionalText(_ value: JSONValue, _ field: String, byteCountMax: Int) throws(EventRefusal)
        -> Bool
    {
        if value.kind == .absent { return false }
        guard value.kind == .string else {
            throw EventRefusal(.wrongType, field: field, expected: "a string", found: value.kind.name)
        }
        guard (1...byteCountMax).contains(value.byteCount) else {
            throw EventRefusal(
                .badValue, field: field, expected: "1 to \(byteCountMax) bytes", found: "\(value.byteCount) bytes")
        }
        return true
    }

    /// A boolean, or its name as a string: real records carry `"readOnly":"True"`. Nil if there is none.
    private static func optionalBool(_ value: JSONValue, _ field: String) throws(EventRefusal) -> Bool? {
        switch value.kind {
        case .absent: return nil
        case .bool: return value.bool
        case .string:
            switch value.string?.lowercased() {
            case "true": return true
            case "false": return false
            default:
                throw EventRefusal(
                    .badValue, field: field, expected: "true or false", found: "'\(value.string ?? "")'")
            }
        default: throw EventRefusal(.wrongType, field: field, expected: "true or false", found: value.kind.name)
        }
    }
}
