package import CairnFormat

/// The name of a digest file, taken apart (reference 3.2).
package struct DigestFileName: Sendable, Equatable {
    package let lane: LaneName
    /// The end of the interval.
    package let end: EventTime
    package let isBackfill: Bool

    /// - Parameters:
    ///   - name: the last part of the key.
    ///   - account: the account whose folder it lies in.
    ///   - region: the Region whose folder it lies in.
    ///   - organization: the organization whose folder that one lies in; nil: none.
    package init?(_ name: String, organization: String?, account: String, region: String) {
        let start = "\(account)_CloudTrail-Digest_\(region)_"
        let suffix = ".json.gz"
        guard name.hasPrefix(start), name.hasSuffix(suffix) else { return nil }
        var rest = name.dropFirst(start.count).dropLast(suffix.count)
        isBackfill = rest.hasSuffix("_backfill")
        if isBackfill { rest = rest.dropLast("_backfill".count) }
        let parts = rest.split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count >= 3, let end = Self.time(parts[parts.count - 1]) else { return nil }
        let home = String(parts[parts.count - 2])
        let trail = parts.dropLast(2).joined(separator: "_")
        guard !home.isEmpty, !trail.isEmpty else { return nil }
        lane = LaneName(organization: organization, account: account, region: region, trail: trail, home: home)
        self.end = end
    }

    /// Reads `YYYYMMDDTHHMMSSZ`.
    static func time(_ text: some StringProtocol) -> EventTime? {
        let c = Array(text.utf8)
        guard c.count == 16, c[8] == UInt8(ascii: "T"), c[15] == UInt8(ascii: "Z") else { return nil }
        let date = c[0..<4] + [0x2D] + c[4..<6] + [0x2D] + c[6..<8]
        let clock = c[9..<11] + [0x3A] + c[11..<13] + [0x3A] + c[13..<15]
        return EventTime(iso8601: Array(date + [UInt8(ascii: "T")] + clock + [UInt8(ascii: "Z")]))
    }

    /// `<trail>_…` for a lane and end.
    package static func text(_ lane: LaneName, end: EventTime, isBackfill: Bool) -> String {
        "\(lane.account)_CloudTrail-Digest_\(lane.region)_\(lane.trail)_\(lane.home)_\(end.secondStamp)"
            + (isBackfill ? "_backfill" : "") + ".json.gz"
    }
}
