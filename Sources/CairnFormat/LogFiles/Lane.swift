/// One series of log files: a trail, an account, a Region, and the folder of the category.
///
/// A digest chain covers all folders of a (trail, account, Region). Delivery treats each folder as a lane of its own,
/// because a file holds one folder's categories only and each file covers its own range of sequences.
package struct Lane: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// The trail's id, which outlives its name.
    package let trail: UniqueID
    package let account: AccountID
    package let region: Region
    package let folder: LogFolder

    package init(trail: UniqueID, account: AccountID, region: Region, folder: LogFolder) {
        self.trail = trail
        self.account = account
        self.region = region
        self.folder = folder
    }

    /// `<trail id>/<account>/<Region>/<folder>`
    package var description: String { "\(trail)/\(account)/\(region)/\(folder.rawValue)" }

    package init(_ text: String) throws(FormatError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let folder = LogFolder(rawValue: parts[3]) else {
            throw FormatError(meant: "a lane", expected: "<trail id>/<account>/<Region>/<folder>", found: text)
        }
        self.init(
            trail: try UniqueID(parts[0]),
            account: try AccountID(parts[1]),
            region: try Region(parts[2]),
            folder: folder
        )
    }

    package static func < (a: Lane, b: Lane) -> Bool {
        (a.trail, a.account, a.region, a.folder) < (b.trail, b.account, b.region, b.folder)
    }

    package init(from decoder: any Decoder) throws {
        self = try Lane(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
