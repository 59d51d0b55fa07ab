import ArgumentParser
import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnLog
import CairnTerminal

/// `cairn trails abandon`
struct Abandon: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Give up what a held lane could not deliver. Its events are then in no log file of that trail.",
        discussion: """
            For a lane whose bucket will never come back. First try to help it: mend the bucket, or give the trail another \
            one with 'cairn trails update', which the lane follows by itself. What is given up stands in the list of \
            deliveries with its counts and hashes, and in the findings.

            Example:
              cairn status --data ./audit                  # names the held lanes
              cairn trails abandon --dry-run LANE --data ./audit

            Exit codes: 0 done, 1 could not do it, 2 wrong usage.
            """
    )

    @Argument(help: "The lane as 'cairn status' names it: TRAIL/ACCOUNT/REGION/FOLDER.")
    var lane: String

    @Flag(help: "Only say what would be given up.")
    var dryRun = false

    @OptionGroup var data: DataOptions

    func run() async throws {
        let lane: Lane
        do throws(FormatError) { lane = try Lane(self.lane) } catch { throw Failure(error.description, exit: .usage) }
        let access = try await DataDirectoryAccess(data)
        let count = access.deployment.partitionCount
        let partition = PartitionRule.partition(lane.account, lane.region, count: count)
        let document = CursorDocument(catalog: access.catalog, partition: partition)
        do {
            let cursor = try await document.read()
            guard let held = cursor.apart(lane), let failure = held.failure else {
                throw Failure("lane \(lane) is not held", hint: "'cairn status' names the lanes that are")
            }
            Terminal.line("lane       \(lane)")
            Terminal.line("held       \(SafeText.shown(failure))")
            Terminal.line("sequences  \(held.next) to \(cursor.edge - 1) of partition \(partition)")
            if dryRun { return Terminal.say("nothing was given up: --dry-run") }
            try await document.abandon(lane)
            Terminal.say("given up; the worker goes on behind it within half a minute, see 'cairn status'")
        } catch let failure as Failure {
            throw failure
        } catch { throw Failure(error) }
    }
}
