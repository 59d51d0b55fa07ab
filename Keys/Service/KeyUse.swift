package import CairnFormat

/// What a data key is asked for.
package struct KeyUse: Sendable, Equatable {
    /// The managed key of the trail.
    package let key: KeyARN
    package let trail: UniqueID
    package let account: AccountID
    /// What the file is bound to.
    package let context: EncryptionContext

    package init(key: KeyARN, trail: UniqueID, account: AccountID, context: EncryptionContext) {
        (self.key, self.trail, self.account, self.context) = (key, trail, account, context)
    }
}
