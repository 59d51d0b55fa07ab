import ArgumentParser
import CairnCatalog
import CairnKeys
import CairnServer
import CairnSystem
import CairnTerminal

/// `cairn clock accept`
struct Clock: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say that the wall clock is right after it has leapt.",
        subcommands: [Accept.self])

    struct Accept: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Have running nodes believe the wall clock from now on.",
            discussion: """
                A node whose clock departs by more than a minute from the time that passed cuts no log file and makes no digest \
                until the clock returns: times that are written down cannot be taken back. If the clock is right now, say so. \
                That is an event.

                Example:
                  cairn clock accept --data ./audit
                """)

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            let now = access.seams.time.now.iso8601
            let keyring = try await access.keyring()
            do throws(KeyError) {
                try await keyring.record("AcceptClock", by: access.actor, parameters: ["now": now])
            } catch { throw Failure(error) }
            do throws(CatalogError) {
                try await access.catalog.acceptClock(by: access.actor.name, at: access.seams.time.now)
            } catch {
                throw Failure(error)
            }
            Terminal.say("it is \(now); nodes whose clocks say about the same go on within a second")
        }
    }
}
