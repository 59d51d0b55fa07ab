package import CairnFormat

/// What a data directory is, fixed when it is made.
package struct Deployment: Sendable, Equatable, Codable {
    /// The newest format of a data directory that this cairn knows.
    package static let formatMax = 1

    package var format = Deployment.formatMax
    package var id: UniqueID
    /// How many partitions the log has. Fixed: it decides where events go.
    package var partitionCount: Int
    /// The Region of cairn's own events, and of events and trails that name none.
    package var homeRegion: Region
    /// The account of cairn's own events.
    package var account: AccountID
    /// 32 bytes that name log files, so that nobody else can guess their names.
    package var nameKey: [UInt8]

    package init(id: UniqueID, partitionCount: Int, homeRegion: Region, account: AccountID, nameKey: [UInt8]) {
        self.id = id
        self.partitionCount = partitionCount
        self.homeRegion = homeRegion
        self.account = account
        self.nameKey = nameKey
    }
}
