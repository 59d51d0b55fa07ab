import ArgumentParser
import CairnServer

/// `cairn serve`
struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the door alone: take events in.",
        discussion: """
            Any number of 'cairn work' may deliver from the same data directory.

            Example:
              cairn serve --data ./audit --listen 127.0.0.1:4740

            SIGTERM stops it in order; kill -9 loses nothing. Exit codes: 0 stopped in order, 1 could not run, 2 wrong usage.
            """
    )

    @OptionGroup var options: NodeOptions

    func run() async throws { try await options.run(.serve) }
}
