import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnHistory
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTrails

/// `cairn events`
struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print, filter and download event history.",
        discussion: """
            Management events of the last days (--history-days of the node), newest first, as LookupEvents has them: by at most one \
            attribute, which is compared whole. Attributes are EventId, EventName, ReadOnly, Username, ResourceType, ResourceName, \
            EventSource and AccessKeyId.

            json is the document that log files have, {"Records":[…]}; csv has a row for each event, with cells that a spreadsheet \
            would take for formulas behind an apostrophe.

            Examples:
              cairn events --data ./audit
              cairn events --attribute Username=alice --start-time 2026-11-01 --all --format csv --data ./audit > alice.csv

            Exit codes: 0 done, 1 it cannot be read, 2 wrong usage.
            """,
        subcommands: [List.self, Rebuild.self],
        defaultSubcommand: List.self
    )

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, json, ndjson, csv }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Print events.")

        @Option(help: "NAME=VALUE, such as EventName=DeleteBucket.")
        var attribute: String?

        @Option(help: "The account whose events they are (default: the deployment's own).")
        var account: String?

        @Option(help: "The Region that they happened in (default: all).")
        var region: String?

        @Option(help: "Events from this time on: 2026-03-01 or 2026-03-01T10:00:00Z (default: all there are).")
        var startTime: String?

        @Option(help: "Events up to this time (default: all there are).")
        var endTime: String?

        @Option(help: "The most events.")
        var limit = 50

        @Flag(help: "No limit.")
        var all = false

        @Option(help: "table, json, ndjson or csv.")
        var format = Format.table

        @OptionGroup var data: DataOptions

        func run() async throws {
            guard limit > 0 else { throw Failure("--limit: expected 1 or more, found \(limit)", exit: .usage) }
            let (attribute, value) = try wanted()
            let start = try Self.moment(startTime, "--start-time") ?? .min >> 2
            let end = try Self.moment(endTime, "--end-time") ?? .max >> 2
            let access = try await DataDirectoryAccess(data)
            let (account, regions) = (try account(access), try await regions(access))
            let history = EventHistory(
                access.directory, access.deployment, keyring: try await access.keyring(), random: access.seams.random)
            var events = EventStream(
                history,
                regions.map {
                    HistoryQuery(
                        account: account, region: $0, attribute: attribute, value: value, start: start, end: end,
                        limit: all ? EventStream.pageEventCount : min(limit, EventStream.pageEventCount))
                })
            var output = EventOutput(format)
            var count = 0
            do throws(HistoryError) {
                while all || count < limit, let event = try await events.next() {
                    output.write(event)
                    count += 1
                }
            } catch { throw Failure(error) }
            output.end()
            if !all, count == limit {
                Terminal.say("the newest \(count); for more: --limit, --all, or --end-time for older ones")
            }
        }

        private func account(_ access: DataDirectoryAccess) throws -> AccountID {
            guard let account else { return access.deployment.account }
            do throws(FormatError) { return try AccountID(account) } catch {
                throw Failure("--account: \(error)", exit: .usage)
            }
        }

        private func regions(_ access: DataDirectoryAccess) async throws -> [Region] {
            if let region {
                do throws(FormatError) { return [try Region(region)] } catch {
                    throw Failure("--region: \(error)", exit: .usage)
                }
            }
            do { return (try await access.catalog.routing()?.regions ?? [access.deployment.homeRegion]).sorted() } catch
            {
                throw Failure(error)
            }
        }

        /// The attribute that is asked for, and its value.
        private func wanted() throws -> (LookupAttribute?, String) {
            guard let attribute else { return (nil, "") }
            let parts = attribute.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let known = LookupAttribute(rawValue: String(parts[0])) else {
                let names = LookupAttribute.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure(
                    "--attribute: expected NAME=VALUE with one of \(names), found '\(attribute)'", exit: .usage)
            }
            return (known, String(parts[1]))
        }

        private static func moment(_ text: String?, _ option: String) throws -> Int64? {
            guard let text else { return nil }
            guard let seconds = MomentText.seconds(text) else {
                throw Failure(
                    "\(option): expected 2026-03-01 or 2026-03-01T10:00:00Z, found '\(text)'", exit: .usage)
            }
            return seconds
        }
    }
}
