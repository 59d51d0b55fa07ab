package import CairnCatalog
package import CairnFormat
package import CairnSystem

/// Who calls, for which account, from where and when: what an operation needs to know besides its request.
package struct APICall: Sendable {
    package let principal: Principal
    /// The account that the call is for: the principal's own.
    package let account: AccountID
    /// The Region that the call was signed for.
    package let region: Region
    /// The peer's address without its port.
    package let peer: String
    package let userAgent: String
    /// Names the call, in the answer and in what is recorded of it.
    package let requestID: UniqueID
    package let time: Timestamp
    let notes = CallNotes()

    package init(
        principal: Principal, account: AccountID, region: Region, peer: String, userAgent: String,
        requestID: UniqueID, time: Timestamp
    ) {
        (self.principal, self.account, self.region) = (principal, account, region)
        (self.peer, self.userAgent, self.requestID, self.time) = (peer, userAgent, requestID, time)
    }

    /// Whoever calls, as errors and records name them.
    package var arn: String { "arn:\(region.partition):iam::\(account):user/\(principal.name)" }
}
