import CairnCatalog
import CairnFormat
import CairnKeys
import CairnSystem
import CairnTrails

/// Making, changing and reading trails (reference 6).
extension CloudTrailService {
    private static let listCountMax = 1_000

    // MARK: Making and changing

    func createTrail(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let name = try TrailReference.name(request.required("Name"))
        let tags = try ResourceTags(request.requests("TagsList") ?? [])
        let settings = try TrailSettings(request)
        guard let bucket = settings.bucket else { throw .validation("S3BucketName is missing") }
        let key = try await self.key(settings.key, call)
        let grants = try await TrailGrants(settings, catalog)
        let id = UniqueID(random: node.random())
        // Before there is a trail: one that is there has its tags.
        if !tags.isEmpty { try await keep(tags, of: id) }
        do throws(APIError) { return try await createTrail(call, id, name, bucket, settings, key, grants) } catch {
            if !tags.isEmpty { try await forgetTags(of: id) }
            throw error
        }
    }

    private func createTrail(
        _ call: APICall, _ id: UniqueID, _ name: TrailName, _ bucket: BucketName, _ settings: TrailSettings,
        _ key: KeyARN?, _ grants: TrailGrants
    ) async throws(APIError) -> StrictJSON {
        let made: Trail = try await change(call) { (routing) throws(APIError) in
            let owner = try Self.owner(of: settings, call, routing)
            var trail: Trail
            do throws(TrailError) {
                trail = try Trail(
                    id: id, name: name, account: owner, homeRegion: call.region, bucket: bucket,
                    compression: node.compression)
            } catch { throw APIError(error) }
            settings.apply(to: &trail)
            trail.kmsKey = key
            if settings.isOrganizationTrail == true { trail.organization = routing.organization?.id }
            try Self.check(trail)
            guard routing.regions.contains(call.region) else {
                throw .validation(
                    "the Region \(call.region) is not one of this deployment: see 'cairn status' for those that are")
            }
            guard call.principal.mayUse(trail: name.text) else {
                throw .denied(call, "CreateTrail", resource: trail.arn)
            }
            // A name is taken in each Region that a trail is in.
            let regions = trail.regions(of: routing.regions)
            let isTaken = routing.trails.contains { other in
                other.name == name && other.account == owner
                    && (regions + [call.region]).contains { routing.has(other, in: $0) }
            }
            guard !isTaken else {
                throw APIError(
                    400, "TrailAlreadyExistsException", "Trail \(name) already exists for customer: \(owner)")
            }
            try grants.check(settings, of: call.account)
            try Self.checkLogGroup(settings, home: call.region, call)
            routing.trails.append(trail)
            try Self.checkCount(trail, routing)
            return trail
        }
        return TrailAnswer.settings(made)
    }

    func updateTrail(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let settings = try TrailSettings(request)
        let key = try await self.key(settings.key, call)
        let grants = try await TrailGrants(settings, catalog)
        let changed: Trail = try await change(call) { (routing) throws(APIError) in
            let index = try TrailView(routing, call).requireOwn(request.required("Name"), "UpdateTrail")
            var trail = routing.trails[index]
            try grants.check(settings, of: call.account, keeping: trail)
            try Self.checkLogGroup(settings, home: trail.homeRegion, call)
            settings.apply(to: &trail)
            if settings.key != nil { trail.kmsKey = key }
            if let isOrganizationTrail = settings.isOrganizationTrail,
                isOrganizationTrail != (trail.organization != nil)
            {
                // Between an account's trail and the organization's the management account alone converts (reference 6.7).
                let owner = try Self.owner(of: settings, call, routing, toConvert: true)
                guard owner == trail.account else { throw .notOrganizationMaster(call, routing) }
                trail.organization = isOrganizationTrail ? routing.organization?.id : nil
            }
            try Self.check(trail)
            routing.trails[index] = trail
            try Self.checkCount(trail, routing)
            return trail
        }
        return TrailAnswer.settings(changed)
    }

    func deleteTrail(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let id: UniqueID = try await change(call) { (routing) throws(APIError) in
            let index = try TrailView(routing, call).requireOwn(request.required("Name"), "DeleteTrail")
            return routing.trails.remove(at: index).id
        }
        try await forgetTags(of: id)
        return .object([])
    }

    func setLogging(_ isOn: Bool, _ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let operation = isOn ? "StartLogging" : "StopLogging"
        try await change(call) { (routing) throws(APIError) in
            let index = try TrailView(routing, call).requireOwn(request.required("Name"), operation)
            routing.trails[index].setLogging(isOn, at: call.time.milliseconds)
        }
        return .object([])
    }

    /// Whose trail is made: the caller's account's, or the management account's for a trail of the organization (reference 6.7).
    ///
    /// - Parameter toConvert: whether the management account itself must ask.
    private static func owner(
        of settings: TrailSettings, _ call: APICall, _ routing: MatcherSnapshot, toConvert: Bool = false
    ) throws(APIError) -> AccountID {
        guard let wanted = settings.isOrganizationTrail, wanted || toConvert else { return call.account }
        guard let organization = routing.organization, organization.accounts.contains(call.account) else {
            throw APIError(
                400, "OrganizationsNotInUseException", "Account \(call.account) is in no organization")
        }
        let isAllowed =
            toConvert ? call.account == organization.managementAccount : organization.isAdministered(by: call.account)
        guard isAllowed else { throw .notOrganizationMaster(call, routing) }
        return organization.managementAccount
    }

    /// The rules that hold between settings.
    private static func check(_ trail: Trail) throws(APIError) {
        do throws(TrailError) { try trail.check() } catch { throw APIError(error) }
    }

    /// Each Region counts its own single-Region trails and every multi-Region trail (reference 6.3).
    private static func checkCount(_ trail: Trail, _ routing: MatcherSnapshot) throws(APIError) {
        guard let region = routing.overfullRegion(of: trail) else { return }
        throw APIError(
            400, "MaximumNumberOfTrailsExceededException",
            "User: \(trail.account) already has \(MatcherSnapshot.trailCountMax) trails in \(region).")
    }

    /// A log group is in the trail's home Region and the caller's account (reference 4.6).
    private static func checkLogGroup(_ settings: TrailSettings, home: Region, _ call: APICall) throws(APIError) {
        guard let group = settings.logGroup?.value?.group else { return }
        guard group.region == home, group.account == call.account else {
            throw APIError(
                400, "InvalidCloudWatchLogsLogGroupArnException",
                "CloudWatchLogsLogGroupArn: expected a log group of account \(call.account) in \(home), the trail's home Region, "
                    + "found \(group)")
        }
    }

    /// The managed key that is named, which the account may use, and which may be used now; nil: none is named.
    ///
    /// A key that there is not and one that is somebody else's are the same to who asks (reference 5.6).
    private func key(_ change: TrailSettings.Change<String>?, _ call: APICall) async throws(APIError) -> KeyARN? {
        guard let name = change?.value else { return nil }
        let isWellFormed =
            name.hasPrefix("alias/") || (try? ARN(name)).map { $0.service == "kms" } == true
            || (try? UniqueID(name)) != nil || name.hasPrefix("mrk-")
        guard isWellFormed else {
            throw APIError(
                400, "KmsKeyNotFoundException",
                "KmsKeyId: expected a key's ARN, its id, alias/NAME or an alias's ARN, found '\(name.prefix(300))'")
        }
        let insufficient = APIError(
            400, "InsufficientEncryptionPolicyException",
            "Insufficient permissions to access the KMS key \(name.prefix(300)).")
        let found: KeyARN
        var problem: KeyError?
        do throws(KeyError) { found = try await node.key(name) } catch {
            switch error {
            case .disabled(let arn), .pendingDeletion(let arn): (found, problem) = (arn, error)
            case .unknownKey: throw insufficient
            case .destroyed, .refused: throw APIError(400, "KmsException", error.description)
            default: throw APIError(503, "ServiceUnavailable", error.description)
            }
        }
        guard try await TrailGrants.covers(found, call.account, catalog) else { throw insufficient }
        if let problem { throw APIError(400, "KmsException", problem.description) }
        return found
    }

    // MARK: Reading

    func getTrail(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let routing = try await routing()
        let index = try TrailView(routing, call).require(request.required("Name"))
        return .object([("Trail", TrailAnswer.description(routing.trails[index]))])
    }

    /// Names that stand for nothing are left out (reference 6.8).
    func describeTrails(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let view = TrailView(try await routing(), call)
        let withShadows = request.flag("includeShadowTrails") ?? true
        var found: [Int] = []
        if let names = request.texts("trailNameList"), !names.isEmpty {
            let finder = view.finder
            var seen: Set<Int> = []
            for name in names {
                if let index = finder(try TrailReference(name)), seen.insert(index).inserted { found.append(index) }
            }
        } else {
            found = view.seen.filter { view.isHere(view.routing.trails[$0]) }
        }
        let trails = found.map { view.routing.trails[$0] }.filter { withShadows || $0.homeRegion == call.region }
        return .object([("trailList", .array(trails.map(TrailAnswer.description)))])
    }

    /// Of all Regions, by ARN.
    func listTrails(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let view = TrailView(try await routing(), call)
        let query = ["ListTrails", call.account.description]
        let trails = view.seen.map { view.routing.trails[$0] }
        let page = try page(of: trails, by: \.arn, request, query, countMax: Self.listCountMax)
        let entries = page.elements.map { trail in
            StrictJSON.object([
                ("TrailARN", .string(trail.arn)), ("Name", .string(trail.name.text)),
                ("HomeRegion", .string(trail.homeRegion.name)),
            ])
        }
        return .object([("Trails", .array(entries))] + page.token)
    }

    /// How a trail stands in the Region that is asked; a trail that is not there stands as in its home Region.
    func getTrailStatus(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let view = TrailView(try await routing(), call)
        let text = request.required("Name")
        guard let index = view.find(try TrailReference(text)) else {
            // The ARN stands where the others have the name.
            let arn =
                text.hasPrefix("arn:")
                ? text : "arn:\(call.region.partition):cloudtrail:\(call.region):\(call.account):trail/\(text)"
            throw APIError(400, "TrailNotFoundException", "Unknown trail: \(arn) for the user: \(call.account)")
        }
        let trail = view.routing.trails[index]
        return try await node.status(trail, view.isHere(trail) ? call.region : trail.homeRegion).answer
    }
}
