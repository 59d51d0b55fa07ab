import ArgumentParser
import CairnServer

/// `cairn up`
struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run door and delivery in one process, embedded.",
        discussion: """
            Makes the data directory if there is none: an account, a trail that takes all management events, a topic and a queue, and the first principal, whose token stands in DATA/credentials.

            Example:
              cairn up --data ./audit --cut-age 5s

            SIGTERM stops it in order; kill -9 loses nothing. Exit codes: 0 stopped in order, 1 could not run, 2 wrong usage.
            """
    )

    @OptionGroup var options: NodeOptions

    func run() async throws { try await options.run(.up) }
}
