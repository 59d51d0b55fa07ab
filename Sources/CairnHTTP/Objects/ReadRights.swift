import CairnCatalog
import CairnFormat

/// Which objects a principal may read. One that is bound to accounts reads what lies in their folders below `AWSLogs`.
struct ReadRights: Sendable {
    private static let folder = "AWSLogs"

    let principal: Principal

    func check(_ permission: Permission) throws(ServiceFailure) {
        // Keys name accounts and Regions, not trails: who is bound to trails reads no objects.
        guard principal.may(permission), principal.trails == nil else {
            throw ServiceFailure(
                403, "AccessDenied",
                "the principal '\(principal.name)' may not \(permission.rawValue): give it that with 'cairn principals set'"
            )
        }
    }

    /// - Parameter text: a key, or the beginning of keys that are listed.
    func checkAccount(of text: String) throws(ServiceFailure) {
        guard let accounts = principal.accounts else { return }
        // The last part of a prefix may go on, and be another account's.
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).dropLast().map(String.init)
        let at = parts.firstIndex(of: Self.folder).map { $0 + 1 }
        let names = at.map { parts[$0...].prefix(2) } ?? []
        let isOrganization = names.first.map { (try? OrganizationID($0)) != nil } ?? false
        let account = (isOrganization ? names.dropFirst().first : names.first).flatMap { try? AccountID($0) }
        guard let account, accounts.contains(account) else {
            throw ServiceFailure(
                403, "AccessDenied",
                "the principal '\(principal.name)' reads below \(Self.folder)/ACCOUNT/ of its own accounts only: ask with such a prefix"
            )
        }
    }
}
