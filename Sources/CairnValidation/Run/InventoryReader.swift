import CairnFormat
import CairnObjects

/// Goes through an archive's folders, as far as the time asked for needs it.
struct InventoryReader {
    private static let depthMax = 40
    private static let logFolders = [
        "CloudTrail", "CloudTrail-Aggregated", "CloudTrail-Insight", "CloudTrail-NetworkActivity",
    ]

    let archive: Archive
    let scope: Scope
    let emit: (Finding) async -> Void
    private var inventory = Inventory()
    /// The Regions that have folders of digests.
    private var regions: Set<String> = []
    /// Whether only the names of folders matter.
    private var isSurvey = false

    init(_ archive: Archive, _ scope: Scope, emit: @escaping (Finding) async -> Void) {
        (self.archive, self.scope, self.emit) = (archive, scope, emit)
    }

    mutating func read() async throws(ArchiveProblem) -> Inventory {
        let buckets = try await archive.buckets()
        for bucket in buckets.names { try await look(bucket, "", depth: 0) }
        for lane in inventory.lanes.keys {
            inventory.lanes[lane]?.digests.sort { $0.end > $1.end }
            inventory.lanes[lane]?.backfills.sort { $0.end > $1.end }
        }
        return inventory
    }

    /// The Regions whose digests the archive has, as far as the scope takes them in: a look at some folders' names.
    mutating func readRegions() async throws(ArchiveProblem) -> Set<String> {
        isSurvey = true
        let buckets = try await archive.buckets()
        for bucket in buckets.names { try await look(bucket, "", depth: 0) }
        return regions
    }

    /// Looks for `AWSLogs` below a prefix.
    private mutating func look(_ bucket: BucketName, _ prefix: String, depth: Int) async throws(ArchiveProblem) {
        guard depth < Self.depthMax else { return }
        let level = try await level(bucket, prefix, isOurs: false)
        for folder in level.folders {
            if folder == "AWSLogs" {
                try await accounts(bucket, "\(prefix)AWSLogs/")
            } else {
                try await look(bucket, "\(prefix)\(folder)/", depth: depth + 1)
            }
        }
    }

    private mutating func accounts(_ bucket: BucketName, _ prefix: String) async throws(ArchiveProblem) {
        for folder in try await level(bucket, prefix, isOurs: false).folders {
            if Self.isAccount(folder) {
                try await account(bucket, "\(prefix)\(folder)/", nil, folder)
            } else if folder.hasPrefix("o-") {
                for member in try await level(bucket, "\(prefix)\(folder)/", isOurs: false).folders
                where Self.isAccount(member) {
                    try await account(bucket, "\(prefix)\(folder)/\(member)/", folder, member)
                }
            }
        }
    }

    private static func isAccount(_ text: String) -> Bool { AccountID(digits: text.utf8) != nil }

    private mutating func account(
        _ bucket: BucketName, _ path: String, _ organization: String?, _ account: String
    ) async throws(ArchiveProblem) {
        guard scope.takes(account: account) else { return }
        let territory = inventory.territories.count
        inventory.territories.append(
            Territory(bucket: bucket, path: path, organization: organization, account: account))
        // Other services keep their logs below AWSLogs too.
        for folder in try await level(bucket, path, isOurs: true).folders {
            let isDigests = folder == "CloudTrail-Digest"
            guard isDigests || (!isSurvey && Self.logFolders.contains(folder)) else { continue }
            for region in try await level(bucket, "\(path)\(folder)/", isOurs: true).folders
            where scope.takes(region: region) {
                if isSurvey {
                    regions.insert(region)
                } else if isDigests {
                    try await digests(territory, "\(path)\(folder)/\(region)/", region)
                } else {
                    inventory.folders[Inventory.Area(account: account, region: region), default: []].append(
                        Inventory.Folder(territory: territory, name: folder))
                }
            }
        }
    }

    private mutating func digests(_ territory: Int, _ prefix: String, _ region: String) async throws(ArchiveProblem) {
        let place = inventory.territories[territory]
        for (day, level) in try await days(place.bucket, prefix) {
            if !inventory.hasMetadata, !level.files.isEmpty {
                inventory.hasMetadata = try await archive.hasMetadata(place.bucket, "\(prefix)\(day)/")
            }
            for name in level.files {
                guard
                    let file = DigestFileName(
                        name, organization: place.organization, account: place.account, region: region),
                    file.end.datePath == day
                else {
                    await emit(
                        Finding(
                            .objectUnexpected, "s3://\(place.bucket)/\(prefix)\(day)/\(name)",
                            "among the digests lies what is none by its name"))
                    continue
                }
                let reference = Inventory.Reference(end: file.end, territory: territory)
                if file.isBackfill {
                    inventory.lanes[file.lane, default: Inventory.Lane()].backfills.append(reference)
                } else {
                    inventory.lanes[file.lane, default: Inventory.Lane()].digests.append(reference)
                }
            }
        }
    }

    /// The days of a folder, `YYYY/MM/DD`, that the time asked for needs, with what lies in them.
    private func days(
        _ bucket: BucketName, _ prefix: String
    ) async throws(ArchiveProblem) -> [(day: String, level: Archive.Level)] {
        var days: [(day: String, level: Archive.Level)] = []
        let top = try await level(bucket, prefix, isOurs: true)
        await strangers(top, bucket, prefix)
        for year in top.folders {
            let inYear = try await level(bucket, "\(prefix)\(year)/", isOurs: true)
            await strangers(inYear, bucket, "\(prefix)\(year)/")
            for month in inYear.folders {
                let inMonth = try await level(bucket, "\(prefix)\(year)/\(month)/", isOurs: true)
                await strangers(inMonth, bucket, "\(prefix)\(year)/\(month)/")
                for day in inMonth.folders where scope.takes(year: year, month: month, day: day) {
                    let path = "\(year)/\(month)/\(day)"
                    let inDay = try await level(bucket, "\(prefix)\(path)/", isOurs: true)
                    for folder in inDay.folders {
                        await emit(
                            Finding(
                                .objectUnexpected, "s3://\(bucket)/\(prefix)\(path)/\(folder)/",
                                "a folder lies where only files do"))
                    }
                    days.append((path, inDay))
                }
            }
        }
        return days
    }

    private func strangers(_ level: Archive.Level, _ bucket: BucketName, _ prefix: String) async {
        for name in level.files {
            await emit(
                Finding(
                    .objectUnexpected, "s3://\(bucket)/\(prefix)\(name)", "a file lies where only folders of days do"))
        }
    }

    /// - Parameter isOurs: whether only CloudTrail's own may lie there.
    private func level(
        _ bucket: BucketName, _ prefix: String, isOurs: Bool
    ) async throws(ArchiveProblem) -> Archive.Level {
        let level = try await archive.level(bucket, prefix)
        if isOurs {
            for (name, reason) in level.odd {
                await emit(
                    Finding(
                        .objectIrregular, "s3://\(bucket)/\(prefix)\(name)", expected: "a file or folder",
                        found: reason,
                        "what lies there was not read"))
            }
        }
        return level
    }

    // MARK: Log files

    /// Gives out the log files of a folder, day by day, with what their names say; nil for names that are none.
    func logFiles(
        _ folder: Inventory.Folder, _ area: Inventory.Area, in inventory: Inventory,
        _ body: (ObjectLocation?, LogFilePlace?, _ name: String) async -> Void
    ) async throws(ArchiveProblem) {
        let place = inventory.territories[folder.territory]
        let prefix = "\(place.path)\(folder.name)/\(area.region)/"
        for (day, level) in try await days(place.bucket, prefix) {
            for name in level.files {
                let text = "\(prefix)\(day)/\(name)"
                let location = (try? ObjectKey(text)).map { ObjectLocation(bucket: place.bucket, key: $0) }
                var file = LogFilePlace(name: name, account: area.account, folder: folder.name, region: area.region)
                if file?.time.datePath != day { file = nil }
                await body(location, file, "s3://\(place.bucket)/\(text)")
            }
        }
    }
}
