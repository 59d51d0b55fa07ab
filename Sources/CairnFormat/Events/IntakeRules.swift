/// What a door knows before it reads an event: who sends it, for which accounts, and what to fill in.
package struct IntakeRules: Sendable {
    /// The largest event accepted, in bytes (reference 2.3).
    package static let eventByteCountMax = 256 << 10
    /// Events from before this moment are refused: a time of 1970 is a clock that was never set.
    package static let timeMin = EventTime(iso8601: "2000-01-01T00:00:00Z".utf8)!
    /// How far ahead of our clock an event may be, in seconds.
    package static let aheadMax: Int64 = 86_400

    /// The principal's id.
    package var principal: String
    /// The accounts that the principal may write for; nil: every account there is.
    package var accounts: Set<AccountID>?
    /// The event sources that the principal is bound to; nil: any but cairn's own.
    package var sources: Set<String>?
    /// Whether this is cairn itself, which alone may use the sources `*.cairn`.
    package var isCairn: Bool
    /// Accounts that exist.
    package var knownAccounts: Set<AccountID>
    /// Regions that exist.
    package var knownRegions: Set<Region>
    /// The account the request names, for events without `recipientAccountId`.
    package var requestAccount: AccountID?
    /// The Region for events without `awsRegion`.
    package var defaultRegion: Region

    package init(
        principal: String,
        accounts: Set<AccountID>?,
        sources: Set<String>? = nil,
        isCairn: Bool = false,
        knownAccounts: Set<AccountID>,
        knownRegions: Set<Region>,
        requestAccount: AccountID? = nil,
        defaultRegion: Region
    ) {
        self.principal = principal
        self.accounts = accounts
        self.sources = sources
        self.isCairn = isCairn
        self.knownAccounts = knownAccounts
        self.knownRegions = knownRegions
        self.requestAccount = requestAccount
        self.defaultRegion = defaultRegion
    }

    /// The account when only one can be meant: the one the request names, or the principal's only one.
    var impliedAccount: AccountID? {
        requestAccount ?? (accounts?.count == 1 ? accounts?.first : nil)
    }
}
