import ArgumentParser
import CairnServer

/// `cairn work`
struct Work: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run a delivery worker alone, beside a door on the same data directory.",
        discussion: """
            Workers share the partitions by leases; a worker that dies is followed by another.

            Example:
              cairn work --data ./audit

            SIGTERM stops it in order; kill -9 loses nothing. Exit codes: 0 stopped in order, 1 could not run, 2 wrong usage.
            """
    )

    @OptionGroup var options: NodeOptions

    func run() async throws { try await options.run(.work) }
}
