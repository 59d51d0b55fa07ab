/// The folder of one account in a trail's bucket (reference 1.3): an organization's trail has one for each member, below its
/// own.
package enum AccountFolder {
    /// `[<prefix>/]AWSLogs/[<organization>/]<account>/`
    package static func path(prefix: KeyPrefix?, organization: OrganizationID?, account: AccountID) -> String {
        (prefix.map { "\($0)/" } ?? "") + path(organization: organization, account: account)
    }

    /// The same behind a trail's prefix: `AWSLogs/[<organization>/]<account>/`
    package static func path(organization: OrganizationID?, account: AccountID) -> String {
        "AWSLogs/" + (organization.map { "\($0)/" } ?? "") + "\(account)/"
    }
}
