package import CairnFormat
import CairnNative

/// Whose events a batch holds, and where they happened.
package struct AccountRegion: Sendable, Hashable, Comparable {
    package let account: AccountID
    package let region: Region

    package init(account: AccountID, region: Region) {
        self.account = account
        self.region = region
    }

    package static func < (a: AccountRegion, b: AccountRegion) -> Bool {
        (a.account, a.region) < (b.account, b.region)
    }
}
