/// The name of a digest file (reference 3.2):
/// `<account>_CloudTrail-Digest_<Region>_<trail>_<home Region>_<YYYYMMDDTHHMMSSZ>[_backfill].json.gz`.
package struct DigestName: Sendable, Hashable, CustomStringConvertible {
    package let chain: ChainName
    /// The end of the interval.
    package let end: EventTime
    package let isBackfill: Bool

    package init(chain: ChainName, end: EventTime, isBackfill: Bool = false) {
        (self.chain, self.end, self.isBackfill) = (chain, end, isBackfill)
    }

    package var description: String {
        "\(chain.account)_CloudTrail-Digest_\(chain.region)_\(chain.trail)_\(chain.home)_\(end.secondStamp)"
            + (isBackfill ? "_backfill" : "") + ".json.gz"
    }

    /// Where digests of a chain lie, with a slash at the end.
    package static func folder(_ chain: ChainName, prefix: KeyPrefix?) -> String {
        AccountFolder.path(prefix: prefix, organization: chain.organization?.id, account: chain.account)
            + "CloudTrail-Digest/\(chain.region)/"
    }

    /// Where the file lies in its bucket.
    package func key(prefix: KeyPrefix?) -> ObjectKey {
        let text = Self.folder(chain, prefix: prefix) + "\(end.datePath)/\(self)"
        guard let key = try? ObjectKey(text) else {
            preconditionFailure("a digest's key is always well-formed: \(text)")
        }
        return key
    }
}
