import ArgumentParser
import CairnCatalog
import CairnDelivery
import CairnDigests
import CairnFormat
import CairnKeys
import CairnLog
import CairnObjects
import CairnServer
import CairnSystem
import CairnTerminal

/// `cairn fsck`
struct Fsck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find log files that no digest lists, and list those that are proven to be cairn's.",
        discussion: """
            Follows every chain of digests back to its first, reads what was delivered since, and compares with what lies in \
            the buckets. Nothing else may work on the data directory meanwhile.

            A file is proven when it is encrypted for the very name it lies under with a key of this deployment. With \
            --backfill those are listed in signed backfill digests, which 'cairn validate' and the AWS CLI read. Trail keys \
            that were exported could make such files too: look at the list before you sign it.

            Examples:
              cairn fsck --data ./audit
              cairn fsck --data ./audit --backfill --yes

            Exit codes: 0 every file is listed, 1 could not finish, 2 wrong usage, 3 files are left that no digest lists.
            """)

    @Flag(help: "List proven files in backfill digests.")
    var backfill = false

    @Flag(help: "With --backfill: sign without a question.")
    var yes = false

    @OptionGroup var data: DataOptions

    func run() async throws {
        guard !backfill || yes else {
            throw Failure(
                "--backfill signs that the files belong to the archive",
                hint: "look at 'cairn fsck' first, then add --yes",
                exit: .usage)
        }
        let access = try await DataDirectoryAccess(data)
        guard try await !access.isInUse() else {
            throw Failure(
                "a door or a worker uses \(access.directory.path), and writes log files meanwhile",
                hint: "stop it first: what it has accepted stays in its log")
        }
        let keys = try await access.keyServices()
        let repair: ArchiveRepair
        do throws(KeyError) {
            try await keys.keyring.record("Decrypt", by: access.actor, parameters: ["purpose": "fsck"])
            repair = try await Self.repair(access, keys, logKeys: try await keys.keyring.logKeys())
        } catch { throw Failure(error) }
        let survey: ArchiveRepair.Survey
        do throws(DigestError) {
            var made = backfill ? try await repair.resume() : []
            survey = try await repair.survey()
            Self.show(survey)
            if backfill { made += try await repair.backfill(survey.unlisted) }
            for digest in made { Terminal.line("signed \(digest.location): \(digest.fileCount) files") }
        } catch { throw Failure("\(error)") }
        let proven = survey.unlisted.count(where: Self.isProven)
        if proven > 0, !backfill { Terminal.say("proven files can be listed with 'cairn fsck --backfill --yes'") }
        if survey.unlisted.count > (backfill ? proven : 0) { throw ExitCode(3) }
    }

    private static func isProven(_ file: UnlistedFile) -> Bool {
        if case .proven = file.origin { return true }
        return false
    }

    private static func show(_ survey: ArchiveRepair.Survey) {
        Terminal.line(
            "\(survey.fileCount) log files, \(survey.digestCount) digests; \(survey.unlisted.count) files that no digest lists"
        )
        if survey.pendingCount > 0 {
            Terminal.line(
                "\(survey.pendingCount) files belong to a cut that is not finished: the next start records them")
        }
        for file in survey.unlisted {
            switch file.origin {
            case .proven(let chain, let content):
                Terminal.line(
                    "\(file.location): proven, \(content.recordCount) records of trail \(chain.trail), \(content.oldest) to "
                        + "\(content.newest)")
            case .unproven(let reason): Terminal.line("\(file.location): unproven: \(reason)")
            }
        }
    }

    private static func repair(
        _ access: DataDirectoryAccess, _ keys: KeyServices, logKeys: LogKeys
    ) async throws(KeyError) -> ArchiveRepair {
        let store: any ObjectStore
        do throws(NodeError) {
            store = try Node.objects(access.directory, access.settings, access.seams)
        } catch { throw .refused("\(error)") }
        let partitions = 0..<access.deployment.partitionCount
        var since: Int64?
        for partition in partitions {
            do throws(CatalogError) {
                let cursor = try await CursorDocument(catalog: access.catalog, partition: partition).read()
                if let open = cursor.openSince { since = min(since ?? open, open) }
            } catch { throw .unavailable("\(error)") }
        }
        return ArchiveRepair(
            ArchiveRepair.Seams(
                store: store, catalog: access.catalog,
                signer: DigestSigner(keys.keyring) { _ in }, keys: keys, time: access.seams.time,
                delivered: partitions.map { partition in
                    ReadOnlyLog(
                        disk: access.seams.disk, directory: access.directory.delivered(partition), keys: logKeys)
                }, pendingSince: since.map { EventTime(seconds: $0 / 1_000) }))
    }
}
