import CairnFormat
import CairnKeys
import CairnSystem
import FoundationEssentials

/// The public halves of the keys that sign digests (reference 3.7).
extension CloudTrailService {
    /// Those of the Region that is asked. Without times: the key that signs now.
    ///
    /// A digest of an hour long past may have been signed later, once the node was back: so every key is listed that signed from
    /// the first time on, and whoever validates finds the one that a digest names.
    func listPublicKeys(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let (start, end) = (request.time("StartTime"), request.time("EndTime"))
        let first = (start ?? end ?? call.time).milliseconds
        let last = (end ?? call.time).milliseconds
        guard first <= last || end == nil else {
            throw APIError(400, "InvalidTimeRangeException", "StartTime is after EndTime")
        }
        let isRange = start != nil || end != nil
        let until = isRange ? max(last, call.time.milliseconds) : last
        let all: [SigningKey]
        do throws(KeyError) { all = try await node.signingKeys() } catch {
            throw APIError(503, "ServiceUnavailable", error.description)
        }
        var keys = all.filter { $0.region == call.region && $0.until > first && $0.from <= until }
        // Of windows that overlap the newest key signs.
        if !isRange { keys = keys.suffix(1) }
        let list = keys.map { key in
            StrictJSON.object([
                ("Value", .string(Data(key.der).base64EncodedString())),
                ("ValidityStartTime", .number("\(key.from / 1_000)")),
                ("ValidityEndTime", .number("\((key.until + 999) / 1_000)")),
                ("Fingerprint", .string(key.fingerprint)),
            ])
        }
        return .object([("PublicKeyList", .array(list))])
    }
}
