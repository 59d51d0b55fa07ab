import CairnFormat
import CairnTrails

/// The organization as Organizations' own API tells of it.
extension CloudTrailService {
    private static let listCountMax = 20

    func describeOrganization(_ call: APICall) async throws(APIError) -> StrictJSON {
        let organization = try await organization(of: call)
        let owner = organization.managementAccount
        return .object([
            (
                "Organization",
                .object([
                    ("Id", .string(organization.id.text)), ("Arn", .string(Self.arn(organization))),
                    ("FeatureSet", .string("ALL")), ("MasterAccountArn", .string(Self.arn(owner, organization))),
                    ("MasterAccountId", .string(owner.description)),
                    ("MasterAccountEmail", .string(Self.address(owner))),
                ])
            )
        ])
    }

    func describeAccount(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let organization = try await organization(of: call)
        try check(call, administers: organization, "DescribeAccount")
        guard let account = try? AccountID(request.required("AccountId")), organization.accounts.contains(account)
        else {
            throw APIError(
                400, "AccountNotFoundException",
                "\(request.required("AccountId").prefix(100)) is no account of the organization \(organization.id)")
        }
        return .object([("Account", Self.account(account, organization))])
    }

    func listAccounts(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let organization = try await organization(of: call)
        try check(call, administers: organization, "ListAccounts")
        let page = try page(
            of: organization.accounts, by: \.description, request, ["ListAccounts", call.account.description],
            countMax: Self.listCountMax)
        return .object(
            [("Accounts", .array(page.elements.map { Self.account($0, organization) }))] + page.token)
    }

    func listDelegatedAdministrators(_ call: APICall, _ request: Request) async throws(APIError) -> StrictJSON {
        let organization = try await organization(of: call)
        try check(call, administers: organization, "ListDelegatedAdministrators")
        let asked = request.text("ServicePrincipal") ?? Self.principal
        let list = asked == Self.principal ? organization.delegatedAdministrators : []
        return .object([("DelegatedAdministrators", .array(list.map { Self.account($0, organization) }))])
    }

    /// CloudTrail is what an organization in cairn is for.
    func listServiceAccess(_ call: APICall) async throws(APIError) -> StrictJSON {
        let organization = try await organization(of: call)
        try check(call, administers: organization, "ListAWSServiceAccessForOrganization")
        return .object([
            ("EnabledServicePrincipals", .array([.object([("ServicePrincipal", .string(Self.principal))])]))
        ])
    }

    private static let principal = "cloudtrail.amazonaws.com"

    private func organization(of call: APICall) async throws(APIError) -> Organization {
        guard let organization = try await routing().organization, organization.accounts.contains(call.account) else {
            throw APIError(
                400, "AWSOrganizationsNotInUseException", "account \(call.account) is not a member of an organization")
        }
        return organization
    }

    private func check(
        _ call: APICall, administers organization: Organization, _ operation: String
    ) throws(APIError) {
        guard organization.isAdministered(by: call.account) else {
            throw APIError(
                400, "AccessDeniedException",
                "account \(call.account) neither manages the organization nor is a delegated administrator: \(operation) is not "
                    + "for it")
        }
    }

    private static func account(_ account: AccountID, _ organization: Organization) -> StrictJSON {
        .object([
            ("Id", .string(account.description)), ("Arn", .string(arn(account, organization))),
            ("Email", .string(address(account))), ("Name", .string(account.description)),
            ("Status", .string("ACTIVE")), ("State", .string("ACTIVE")), ("JoinedMethod", .string("CREATED")),
        ])
    }

    private static func arn(_ organization: Organization) -> String {
        "arn:aws:organizations::\(organization.managementAccount):organization/\(organization.id)"
    }

    private static func arn(_ account: AccountID, _ organization: Organization) -> String {
        "arn:aws:organizations::\(organization.managementAccount):account/\(organization.id)/\(account)"
    }

    /// Clients want one, and accounts here have none: a name that can never be anybody's (RFC 2606).
    private static func address(_ account: AccountID) -> String { "\(account)@cairn.invalid" }
}
