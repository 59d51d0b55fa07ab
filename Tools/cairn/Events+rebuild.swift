import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnHistory
import CairnKeys
import CairnLog
import CairnNative
import CairnObjects
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTrails
import FoundationEssentials

extension Events {
    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make event history anew from log files.",
            discussion: """
                Reads the log files of all trails, as far back as history goes, and puts their management events in. Events that no \
                trail delivered are not in it, but for what the log still has: that comes when a node starts. Nothing else may work on \
                the data directory meanwhile; what there was stays until the new history is whole. Its events are under the keys of the \
                period in which it is made: 'cairn keys shred --history' reaches them by that.

                Examples:
                  cairn events rebuild --data ./audit
                  cairn events rebuild --from old-logs/team --data ./audit

                Exit codes: 0 done, 1 it could not be made, 2 wrong usage.
                """)

        @Option(
            help:
                "BUCKET or BUCKET/PREFIX where log files lie; may be given several times (default: where trails deliver)."
        )
        var from: [String] = []

        @Flag(help: "Go on without log files that cannot be read, such as those whose keys were shredded.")
        var skipUnreadable = false

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            guard let settings = access.settings.history else {
                throw Failure("this deployment keeps no event history", hint: "see --history-days", exit: .usage)
            }
            guard let locks = try await access.locks() else {
                throw Failure(
                    "a door or a worker uses \(access.directory.path), and may write history meanwhile",
                    hint: "stop it first: what it has accepted stays in its log")
            }
            try Self.checkLeftovers("\(access.directory.path)/history")
            let roots = try await roots(access)
            let new = "\(access.directory.path)/history.new"
            try? FileManager.default.removeItem(atPath: new)
            var partitions = try await partitions(access, settings, below: new)
            let opening = FileOpening(data: data, root: access.directory.path, expect: nil)
            let oldest = access.seams.time.now.seconds - settings.retention.components.seconds
            var (fileCount, skippedCount) = (0, 0)
            do {
                let store = try Node.objects(access.directory, access.settings, access.seams)
                for root in roots {
                    for file in try await LogFileListing(store, root).files(since: oldest) {
                        fileCount += 1
                        let records: LogFileReader.Records
                        do {
                            records = try await opening.records(Self.name(of: file.location, access))
                        } catch let failure as Failure {
                            guard skipUnreadable else {
                                throw Failure(
                                    failure.text,
                                    hint: "history is as it was; to go on without such files: --skip-unreadable")
                            }
                            Terminal.say("\(file.location): \(failure.text)")
                            skippedCount += 1
                            continue
                        }
                        try await Self.add(records, of: file, to: &partitions)
                        if fileCount % 100 == 0 { Terminal.progress("\(fileCount) log files, up to \(file.location)") }
                    }
                }
                for i in partitions.indices { try await partitions[i].finish() }
            } catch let failure as Failure { throw failure } catch {
                throw Failure("\(error)", hint: "history is as it was")
            }
            Terminal.endProgress()
            try Self.replace("\(access.directory.path)/history", with: new)
            withExtendedLifetime(locks) {}
            let count = partitions.reduce(0) { $0 + $1.count }
            Terminal.say(
                "event history has \(count) management events from \(fileCount - skippedCount) log files"
                    + (skippedCount > 0 ? "; \(skippedCount) could not be read" : "")
                    + ". What the log has besides comes with the next start")
        }

        /// Where log files may lie.
        private func roots(_ access: DataDirectoryAccess) async throws -> [LogFileListing.Root] {
            do {
                guard from.isEmpty else { return try from.map { try LogFileListing.Root($0) } }
                let trails = try await access.catalog.routing()?.trails ?? []
                let roots = Set(trails.map { LogFileListing.Root(bucket: $0.bucket, prefix: $0.prefix) })
                return roots.sorted { "\($0)" < "\($1)" }
            } catch let error as FormatError {
                throw Failure("--from: \(error)", exit: .usage)
            } catch { throw Failure(error) }
        }

        private func partitions(
            _ access: DataDirectoryAccess, _ settings: HistoryKeeper.Settings, below new: String
        ) async throws -> [HistoryRebuild] {
            let keys = EventHistory.keys(
                access.deployment, keyring: try await access.keyring(), random: access.seams.random)
            let logKeys = try await access.logKeys()
            var partitions: [HistoryRebuild] = []
            for number in 0..<access.deployment.partitionCount {
                let log = ReadOnlyLog(
                    disk: access.seams.disk, directory: access.directory.log(number), keys: logKeys)
                do throws(HistoryError) {
                    partitions.append(
                        try await HistoryRebuild(
                            shelf: HistoryShelf("\(new)/\(number)"), log: log, keys: keys, settings: settings,
                            time: access.seams.time))
                } catch { throw Failure(error) }
                await log.close()
            }
            return partitions
        }

        /// The very file that was listed, and no other of that name.
        private static func name(of location: ObjectLocation, _ access: DataDirectoryAccess) -> String {
            access.settings.s3Buckets.contains(location.bucket)
                ? "s3://\(location)" : "\(access.directory.buckets)/\(location)"
        }

        private static func add(
            _ records: LogFileReader.Records, of file: LogFileListing.File, to partitions: inout [HistoryRebuild]
        ) async throws(HistoryError) {
            let partition = PartitionRule.partition(file.account, file.region, count: partitions.count)
            let buffer = records.body + [UInt8](repeating: 0, count: JSONReader.padding)
            for range in records.ranges {
                try await partitions[partition].add(buffer, range, file.account, file.region)
            }
        }

        /// Puts the new history in the place of the old one.
        private static func replace(_ path: String, with new: String) throws {
            do {
                if FileManager.default.fileExists(atPath: path) {
                    try FileManager.default.moveItem(atPath: path, toPath: path + ".old")
                }
                try FileManager.default.moveItem(atPath: new, toPath: path)
                try? FileManager.default.removeItem(atPath: path + ".old")
            } catch {
                throw Failure(
                    "the new history is whole in \(new), and could not be put into its place: \(error)",
                    hint: "move it to \(path) by hand, and remove \(path).old")
            }
        }

        /// What a rebuild that was killed between two moves has left is for its owner to judge.
        private static func checkLeftovers(_ path: String) throws {
            guard FileManager.default.fileExists(atPath: path + ".old") else { return }
            throw Failure(
                "\(path).old is there: an earlier rebuild ended while it put the new history into its place",
                hint: "it is the history from before: move it to \(path), or remove it, then start again")
        }
    }
}
