import CairnCatalog
import CairnFormat
import CairnSystem

/// Events from outside, through channels (reference 10.9).
extension CloudTrailService {
    /// What GetChannel says of the newest events of a channel. Written down every few seconds, for people.
    private struct Ingestion: Sendable, Equatable, Codable {
        var attemptAt: Timestamp
        var attemptID: UniqueID?
        var errorCode: String?
        var successAt: Timestamp?
        var successID: UniqueID?
    }

    /// How often a channel's newest events are written down.
    private static let ingestionMilliseconds: Int64 = 5_000

    func putAuditEvents(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let channel = try await sendingChannel(request.required("channelArn"), call, request.text("externalId"))
        call.notes.channel = channel
        let entries = request.requests("auditEvents") ?? []
        var seen: Set<String> = []
        for entry in entries where !seen.insert(entry.required("id")).inserted {
            throw APIError(
                400, "DuplicatedAuditEventId", "the id '\(entry.required("id"))' stands in the request twice")
        }
        var events: [(entry: String, event: AuditEvent)] = []
        var failed: [(entry: String, failure: AuditEvent.Failure)] = []
        for entry in entries {
            let id = entry.required("id")
            do throws(AuditEvent.Failure) {
                events.append(
                    (
                        id,
                        try AuditEvent(
                            entry.required("eventData"), checksum: entry.text("eventDataChecksum"), entry: id,
                            channel: channel, nameKey: deployment.nameKey)
                    ))
            } catch { failed.append((id, error)) }
        }
        var taken: [(entry: String, event: AuditEvent)] = []
        if !events.isEmpty {
            // Whoever sends may be of another account, and be allowed to by the channel's policy.
            var principal = call.principal
            principal.accounts = [channel.account]
            let refusals = try await node.put(events.map(\.event.json), principal, call.peer, channel.region)
            for (sent, refusal) in zip(events, refusals) {
                if let refusal {
                    failed.append((sent.entry, AuditEvent.Failure(refusal)))
                } else {
                    taken.append(sent)
                }
            }
        }
        await note(taken.last?.event.id, failed.last?.failure.code, of: channel, at: call.time)
        return .object([
            (
                "successful",
                .array(
                    taken.map { .object([("id", .string($0.entry)), ("eventID", .string($0.event.id.text))]) })
            ),
            (
                "failed",
                .array(
                    failed.map {
                        .object([
                            ("id", .string($0.entry)), ("errorCode", .string($0.failure.code)),
                            ("errorMessage", .string(String($0.failure.message.prefix(1_024)))),
                        ])
                    })
            ),
        ])
    }

    /// The channel that events are sent to, if the caller may: its own, or one whose policy names its account.
    private func sendingChannel(
        _ text: String, _ call: APICall, _ externalID: String?
    ) async throws(APIError) -> Channel {
        var owner = call.account
        if text.hasPrefix("arn:") {
            guard let arn = try? ARN(text), arn.service == "cloudtrail", arn.resource.hasPrefix("channel/"),
                let account = try? AccountID(arn.account), (try? Region(arn.region)) != nil
            else {
                throw APIError(400, "InvalidChannelARN", "channelArn: '\(text.prefix(300))' is no channel's ARN")
            }
            guard arn.region == call.region.name else {
                throw APIError(
                    400, "ChannelNotFound", "there is no channel \(text.prefix(300)) in \(call.region), which was asked"
                )
            }
            owner = account
        }
        let channel: Channel
        do throws(APIError) { channel = try await self.channel(text, of: owner, in: call.region) } catch {
            switch error.code {
            case "ChannelARNInvalidException": throw APIError(400, "InvalidChannelARN", error.message)
            case "ChannelNotFoundException": throw APIError(400, "ChannelNotFound", error.message)
            default: throw error
            }
        }
        let policy = try await policy(of: channel)
        let isAllowed =
            owner == call.account
            ? policy?.denies(call, externalID: externalID) != true
            : policy?.allows(call, externalID: externalID) == true
        guard isAllowed else {
            throw APIError(
                403, "ChannelInsufficientPermission",
                "account \(call.account) may not send to \(channel.arn): its policy must allow that, with the external id if it "
                    + "names one")
        }
        return channel
    }

    // MARK: The newest events

    private static func key(of channel: Channel) -> String { "ingestion/\(channel.id)" }

    /// What cannot be noted is noted with what comes next: the events themselves are taken.
    private func note(_ taken: UniqueID?, _ errorCode: String?, of channel: Channel, at time: Timestamp) async {
        let initial = Ingestion(attemptAt: Timestamp(milliseconds: 0))
        _ = try? await catalog.update(Self.key(of: channel), initial: initial) { (kept) throws(CatalogError) in
            let isDue =
                time.milliseconds - kept.attemptAt.milliseconds >= Self.ingestionMilliseconds
                || (errorCode == nil) != (kept.errorCode == nil)
            guard isDue else { return }
            (kept.attemptAt, kept.attemptID, kept.errorCode) = (time, taken, errorCode)
            if let taken { (kept.successAt, kept.successID) = (time, taken) }
        }
    }

    func forgetIngestion(of channel: Channel) async throws(APIError) {
        do throws(CatalogError) { try await catalog.remove(Self.key(of: channel)) } catch { throw .catalog(error) }
    }

    func ingestion(of channel: Channel) async throws(APIError) -> [(name: String, value: StrictJSON)] {
        let kept: Ingestion?
        do throws(CatalogError) {
            kept = try await catalog.read(Self.key(of: channel), as: Ingestion.self)?.content
        } catch { throw .catalog(error) }
        guard let kept else { return [] }
        let members: [(name: String, value: StrictJSON?)] = [
            ("LatestIngestionSuccessTime", kept.successAt?.answer),
            ("LatestIngestionSuccessEventID", kept.successID.map { .string($0.text) }),
            ("LatestIngestionErrorCode", kept.errorCode.map { .string($0) }),
            ("LatestIngestionAttemptTime", kept.attemptAt.answer),
            ("LatestIngestionAttemptEventID", kept.attemptID.map { .string($0.text) }),
        ]
        return [("IngestionStatus", .object(members.compactMap { name, value in value.map { (name, $0) } }))]
    }
}

extension AuditEvent.Failure {
    /// Why the door did not take a record.
    fileprivate init(_ refusal: EventRefusal) {
        let code =
            switch refusal.code {
            case .reserved, .sourceNotAllowed: "InvalidEventSource"
            case .accountNotAllowed, .unknownAccount, .unknownRegion: "AccountNotSubscribed"
            case .tooLarge: "FieldTooLong"
            case .missingField: "FieldNotFound"
            case .notJSON, .repeatedName, .wrongType, .badValue, .timeOutOfRange: "InvalidData"
            }
        self.init(code: code, message: refusal.description)
    }
}
