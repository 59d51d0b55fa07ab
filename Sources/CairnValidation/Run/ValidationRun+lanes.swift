import CairnFormat

/// What is judged before the first digest: the keys, and which lanes there are.
extension ValidationRun {
    mutating func judgeKeys() async {
        for finding in keys.findings { await findings.give(finding) }
        (summary.untrustedKeys, summary.keyOrigins) = (keys.untrusted, keys.origins)
        if scope.requiresPinned, !keys.untrusted.isEmpty || keys.isEmpty {
            await findings.give(
                Finding(
                    .keyUnpinned, keys.origins.joined(separator: ", "),
                    expected: "keys given by --keys, or covered by --pin",
                    found: keys.untrusted.joined(separator: " "),
                    "the keys lie beside what they are to prove: whoever wrote the one may have written the other. Get the pin "
                        + "from the deployment itself, or the keys from elsewhere"))
        }
    }

    mutating func judgeLanes() async {
        let asked = lanes.filter { scope.takes($0) }
        if asked.isEmpty {
            await findings.give(
                Finding(
                    .archiveEmpty, archive.name, expected: "digests", found: "none",
                    "there is nothing that proves anything: all digests were deleted, or this is not the archive. "
                        + "'aws s3 sync' copies CloudTrail-Digest only if it is not filtered out; a copy of one bucket needs --bucket"
                ))
        }
        for account in scope.expectedAccounts where !asked.contains(where: { $0.account == account }) {
            await findings.give(
                Finding(
                    .laneMissing, "account \(account)", expected: "a chain of digests", found: "none",
                    "an account that was expected has no digests"))
        }
        for region in scope.expectedRegions where !asked.contains(where: { $0.region == region }) {
            await findings.give(
                Finding(
                    .laneMissing, "Region \(region)", expected: "a chain of digests", found: "none",
                    "a Region that was expected has no digests"))
        }
        for trail in scope.trails where !asked.contains(where: { $0.trail == trail.name && $0.home == trail.home }) {
            await findings.give(
                Finding(
                    .laneMissing, "trail \(trail.name) of \(trail.home)", expected: "a chain of digests", found: "none",
                    "the trail has no digests here"))
        }
        // Nothing is asked of it unless a trail is asked for.
        if !scope.trails.isEmpty, let json = await archive.beside("trail.json", limit: 16 << 20) {
            let known =
                (try? StrictJSON.parse(json, countMax: 1_000_000))?["trailList"]?.list?.compactMap {
                    $0["TrailARN"]?.text
                } ?? []
            for trail in scope.trails
            where !known.compactMap({ Scope.TrailID(arn: $0) }).contains(where: {
                $0.name == trail.name && $0.home == trail.home
            }) {
                await findings.give(
                    Finding(
                        .trailMismatch, "trail.json", expected: "trail \(trail.name) of \(trail.home)",
                        found: known.joined(separator: ", "),
                        "the archive's own list of trails does not have the trail asked for"))
            }
        }
    }
}
