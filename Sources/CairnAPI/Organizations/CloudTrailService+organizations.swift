import CairnFormat
import CairnTrails

/// Members that administer CloudTrail for the organization (reference 6.7).
extension CloudTrailService {
    /// Makes a member a delegated administrator, or takes that from it.
    func delegate(_ text: String, _ isDelegate: Bool, _ call: APICall) async throws(APIError) -> StrictJSON {
        try await change(call) { (routing) throws(APIError) in
            guard var organization = routing.organization, organization.accounts.contains(call.account) else {
                throw APIError(
                    400, "OrganizationsNotInUseException", "Account \(call.account) is in no organization")
            }
            guard call.account == organization.managementAccount else {
                throw APIError(
                    400, "NotOrganizationManagementAccountException",
                    "account \(call.account) does not manage the organization: \(organization.managementAccount) does")
            }
            guard let account = try? AccountID(text), organization.accounts.contains(account) else {
                throw APIError(
                    400, "AccountNotFoundException", "\(text) is no account of the organization \(organization.id)")
            }
            if isDelegate {
                guard account != organization.managementAccount else {
                    throw APIError(
                        400, "CannotDelegateManagementAccountException",
                        "\(account) manages the organization: it needs no delegation")
                }
                guard !organization.delegatedAdministrators.contains(account) else {
                    throw APIError(
                        400, "AccountRegisteredException", "\(account) is a delegated administrator already")
                }
                guard organization.delegatedAdministrators.count < Organization.delegatedAdministratorCountMax else {
                    throw APIError(
                        400, "DelegatedAdminAccountLimitExceededException",
                        "there are \(Organization.delegatedAdministratorCountMax) delegated administrators already: "
                            + organization.delegatedAdministrators.map(\.description).joined(separator: ", "))
                }
            } else if !organization.delegatedAdministrators.contains(account) {
                throw APIError(400, "AccountNotRegisteredException", "\(account) is no delegated administrator")
            }
            organization.delegate(account, isDelegate)
            routing.organization = organization
        }
        return .object([])
    }
}
