package import CairnFormat

/// Where a log file lies and what its name says, taken apart (reference 1.1 to 1.3).
package struct LogFilePlace: Sendable, Equatable {
    /// `CloudTrail`, `CloudTrail-NetworkActivity`, …
    let folder: String
    let account: String
    let region: String
    /// The time in the name, in whole minutes.
    let time: EventTime

    /// Nil when it is no log file's name, or its folders say other things than the name does.
    package init?(_ key: ObjectKey) {
        let parts = key.text.split(separator: "/").map(String.init)
        guard parts.count >= 8, let name = parts.last else { return nil }
        let (account, folder, region) = (parts[parts.count - 7], parts[parts.count - 6], parts[parts.count - 5])
        let root = parts.dropLast(7)
        guard root.last == "AWSLogs" || (root.last?.hasPrefix("o-") ?? false && root.dropLast().last == "AWSLogs"),
            let place = LogFilePlace(name: name, account: account, folder: folder, region: region)
        else { return nil }
        let day = "\(parts[parts.count - 4])/\(parts[parts.count - 3])/\(parts[parts.count - 2])"
        guard place.time.datePath == day else { return nil }
        self = place
    }

    /// - Parameter name: the last part of the key; the others are the folders that it lies in.
    init?(name: String, account: String, folder: String, region: String) {
        let start = "\(account)_\(folder)_\(region)_"
        guard name.hasPrefix(start), name.hasSuffix(".json.gz"), folder.hasPrefix("CloudTrail"),
            folder != "CloudTrail-Digest"
        else { return nil }
        let rest = name.dropFirst(start.count).dropLast(".json.gz".count).split(
            separator: "_", omittingEmptySubsequences: false)
        guard rest.count == 2, rest[0].utf8.count == 14, rest[0].hasSuffix("Z"), (1...64).contains(rest[1].utf8.count),
            rest[1].utf8.allSatisfy({
                (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
            }),
            let time = DigestFileName.time(rest[0].dropLast() + "00Z")
        else { return nil }
        (self.account, self.folder, self.region, self.time) = (account, folder, region, time)
    }
}
