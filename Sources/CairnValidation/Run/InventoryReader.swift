import CairnFormat
import CairnObjects

/// Goes through an archive's folders, as far as the time asked for needs it.
struct InventoryReader {
    private static let depthMax = 128
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
        for (name, reason) in buckets.odd {
            await emit(
                Finding(
                    .objectIrregular, name, expected: "a bucket's folder", found: reason, "what lies there was not read"
                ))
        }
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
        let level = try await level(bucket, prefix)
        await strays(level, bucket, prefix) { $0.contains("_CloudTrail") && $0.hasSuffix(".json.gz") }
        for folder in level.folders {
            if folder == "AWSLogs" {
                try await accounts(bucket, "\(prefix)AWSLogs/")
            } else {
                try await look(bucket, "\(prefix)\(folder)/", depth: depth + 1)
            }
        }
    }

    private mutating func accounts(_ bucket: BucketName, _ prefix: String) async throws(ArchiveProblem) {
        let level = try await level(bucket, prefix)
        await strays(level, bucket, prefix, Self.isReadable)
        for folder in level.folders {
            if Self.isAccount(folder) {
                try await account(bucket, "\(prefix)\(folder)/", nil, folder)
            } else if (try? OrganizationID(folder)) != nil {
                try await organization(bucket, "\(prefix)\(folder)/", folder)
            } else {
                await stray(bucket, "\(prefix)\(folder)/")
            }
        }
    }

    private mutating func organization(
        _ bucket: BucketName, _ prefix: String, _ organization: String
    ) async throws(ArchiveProblem) {
        let level = try await level(bucket, prefix)
        await strays(level, bucket, prefix, Self.isReadable)
        for folder in level.folders {
            if Self.isAccount(folder) {
                try await account(bucket, "\(prefix)\(folder)/", organization, folder)
            } else {
                await stray(bucket, "\(prefix)\(folder)/")
            }
        }
    }

    /// Whether readers that go through folders may take a file for records.
    private static func isReadable(_ name: String) -> Bool {
        let name = name.lowercased()
        return name.hasSuffix(".gz") || name.hasSuffix(".json")
    }

    /// Names files that lie above the folders of days.
    private func strays(
        _ level: Archive.Level, _ bucket: BucketName, _ prefix: String, _ isStray: (String) -> Bool
    ) async {
        for name in level.files where isStray(name) { await stray(bucket, "\(prefix)\(name)") }
    }

    private func stray(_ bucket: BucketName, _ path: String) async {
        await emit(
            Finding(
                .objectUnexpected, "s3://\(bucket)/\(path)",
                "something lies where only folders of organizations, accounts, Regions and days do, and readers that go through "
                    + "folders may take it for log files"))
    }

    private static func isAccount(_ text: String) -> Bool { AccountID(digits: text.utf8) != nil }

    private mutating func account(
        _ bucket: BucketName, _ path: String, _ organization: String?, _ account: String
    ) async throws(ArchiveProblem) {
        guard scope.takes(account: account) else { return }
        let territory = inventory.territories.count
        inventory.territories.append(
            Territory(bucket: bucket, path: path, organization: organization, account: account))
        let level = try await level(bucket, path)
        await strays(level, bucket, path, Self.isReadable)
        for folder in level.folders {
            let isDigests = folder == "CloudTrail-Digest"
            guard isDigests || Self.logFolders.contains(folder) else {
                // Other services keep their logs below AWSLogs too, but not under names like these.
                if folder.lowercased().hasPrefix("cloudtrail") || folder.lowercased() == "awslogs" {
                    await stray(bucket, "\(path)\(folder)/")
                }
                continue
            }
            if isSurvey, !isDigests { continue }
            let inFolder = try await self.level(bucket, "\(path)\(folder)/")
            await strays(inFolder, bucket, "\(path)\(folder)/") { _ in true }
            for region in inFolder.folders where scope.takes(region: region) {
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
        var (days, earlier) = try await days(place.bucket, prefix)
        var isKnown = false
        while true {
            for (day, level) in days {
                isKnown = await digests(day, level, territory, place, prefix, region) || isKnown
            }
            // What came before the time asked for tells how the chain stood then.
            guard !isKnown, let day = earlier.popLast() else { return }
            days = [(day, try await level(place.bucket, "\(prefix)\(day)/"))]
        }
    }

    /// Takes in the digests of one day. Whether any of a chain that is asked for is among them.
    private mutating func digests(
        _ day: String, _ level: Archive.Level, _ territory: Int, _ place: Territory, _ prefix: String, _ region: String
    ) async -> Bool {
        var isKnown = false
        if !inventory.hasMetadata, !level.files.isEmpty {
            inventory.hasMetadata = (try? await archive.hasMetadata(place.bucket, "\(prefix)\(day)/")) ?? false
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
                isKnown = isKnown || scope.takes(file.lane)
            }
        }
        return isKnown
    }

    /// The days of a folder, `YYYY/MM/DD`, that the time asked for needs, with what lies in them; and those before it, in order.
    private func days(
        _ bucket: BucketName, _ prefix: String
    ) async throws(ArchiveProblem) -> (needed: [(day: String, level: Archive.Level)], earlier: [String]) {
        var days: [(day: String, level: Archive.Level)] = []
        var earlier: [String] = []
        let top = try await level(bucket, prefix)
        await strangers(top, bucket, prefix)
        for year in top.folders {
            let inYear = try await level(bucket, "\(prefix)\(year)/")
            await strangers(inYear, bucket, "\(prefix)\(year)/")
            for month in inYear.folders {
                let inMonth = try await level(bucket, "\(prefix)\(year)/\(month)/")
                await strangers(inMonth, bucket, "\(prefix)\(year)/\(month)/")
                for day in inMonth.folders {
                    let path = "\(year)/\(month)/\(day)"
                    guard scope.takes(year: year, month: month, day: day) else {
                        if scope.isBefore(year: year, month: month, day: day) { earlier.append(path) }
                        continue
                    }
                    let inDay = try await level(bucket, "\(prefix)\(path)/")
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
        return (days, earlier.sorted())
    }

    private func strangers(_ level: Archive.Level, _ bucket: BucketName, _ prefix: String) async {
        for name in level.files {
            await emit(
                Finding(
                    .objectUnexpected, "s3://\(bucket)/\(prefix)\(name)", "a file lies where only folders of days do"))
        }
    }

    private func level(_ bucket: BucketName, _ prefix: String) async throws(ArchiveProblem) -> Archive.Level {
        let level = try await archive.level(bucket, prefix)
        for (name, reason) in level.odd {
            await emit(
                Finding(
                    .objectIrregular, "s3://\(bucket)/\(prefix)\(name)", expected: "a file or folder", found: reason,
                    "what lies there was not read"))
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
        for (day, level) in try await days(place.bucket, prefix).needed {
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
