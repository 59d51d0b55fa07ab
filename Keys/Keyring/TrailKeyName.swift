package import CairnFormat

/// The name of a trail key version, as encrypted files name it: `trail/<trail id>/<account>/<version>`.
package struct TrailKeyName: Sendable, Hashable, CustomStringConvertible {
    /// The key namespace of cairn's files.
    package static let namespace = "cairn"

    package let trail: UniqueID
    package let account: AccountID
    package let version: Int

    package init(trail: UniqueID, account: AccountID, version: Int) {
        (self.trail, self.account, self.version) = (trail, account, version)
    }

    /// Nil when it is no such name.
    package init?(_ text: String) {
        // By bytes, not by characters: a rewrap reads hundreds of thousands of them.
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        guard parts.count == 4, parts[0] == "trail", let trail = try? UniqueID(String(parts[1])),
            let account = try? AccountID(String(parts[2])), let version = Int(parts[3]), version > 0,
            String(version) == parts[3]
        else { return nil }
        self.init(trail: trail, account: account, version: version)
    }

    package var description: String { "trail/\(trail)/\(account)/\(version)" }
}
