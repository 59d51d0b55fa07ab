import CairnFormat

/// Which trail a request means: by the name that it has in its account, or by its ARN (reference 0.3).
enum TrailReference: Sendable, Equatable {
    case name(TrailName)
    case arn(region: Region, account: AccountID, name: TrailName)

    /// - Throws: `CloudTrailARNInvalidException` or `InvalidTrailNameException`.
    init(_ text: String) throws(APIError) {
        guard text.hasPrefix("arn:") else {
            self = .name(try Self.name(text))
            return
        }
        let wrong = APIError(
            400, "CloudTrailARNInvalidException",
            "'\(text.prefix(300))' is no trail's ARN: expected arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME")
        guard let arn = try? ARN(text), arn.service == "cloudtrail", arn.resource.hasPrefix("trail/"),
            let region = try? Region(arn.region), arn.partition == region.partition,
            let account = try? AccountID(arn.account), let name = try? TrailName(String(arn.resource.dropFirst(6)))
        else { throw wrong }
        self = .arn(region: region, account: account, name: name)
    }

    /// A trail's name alone, as CreateTrail takes it.
    static func name(_ text: String) throws(APIError) -> TrailName {
        do throws(TrailNameError) { return try TrailName(text) } catch {
            throw APIError(400, "InvalidTrailNameException", error.description)
        }
    }
}
