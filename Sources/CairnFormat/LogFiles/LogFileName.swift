/// The name of a log file: `<account>_<folder>_<Region>_<YYYYMMDDTHHmmZ>_<16 characters>.json.gz` (reference 1.1).
package struct LogFileName: Sendable, Hashable, CustomStringConvertible {
    package let account: AccountID
    package let folder: LogFolder
    package let region: Region
    package let time: EventTime
    /// 16 characters that carry no meaning.
    package let unique: String

    /// - Parameter unique: 16 of `0–9A–Za–z`.
    package init(account: AccountID, folder: LogFolder, region: Region, time: EventTime, unique: String) {
        precondition(unique.utf8.count == 16)
        self.account = account
        self.folder = folder
        self.region = region
        self.time = time
        self.unique = unique
    }

    package var description: String {
        "\(account)_\(folder.rawValue)_\(region)_\(time.minuteStamp)_\(unique).json.gz"
    }

    /// Where the file lies in its bucket (reference 1.3).
    package func key(prefix: KeyPrefix?, organization: OrganizationID?) -> ObjectKey {
        let text =
            AccountFolder.path(prefix: prefix, organization: organization, account: account)
            + "\(folder.rawValue)/\(region)/\(time.datePath)/\(self)"
        guard let key = try? ObjectKey(text) else {
            preconditionFailure("a log file's key is always well-formed: \(text)")
        }
        return key
    }
}
