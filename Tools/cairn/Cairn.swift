import ArgumentParser
import CairnNative
import CairnTerminal
import CairnValidateCommand
import Glibc

/// The command.
@main
struct Cairn: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cairn",
        abstract: "CloudTrail for everything people run themselves.",
        discussion: """
            Services send JSON audit events; cairn writes them down durably, batches them into gzip log files in \
            CloudTrail's own layout and format, encrypts these under managed keys, and announces each file.

            Try it:
              cairn up --data ./audit --cut-age 5s          # door and delivery in one process
              cairn put events.ndjson --data ./audit        # from another terminal
              cairn status --data ./audit

            Every setting is a flag, an environment variable (CAIRN_CUT_AGE) and a key of cairn.yaml (cut-age: 5s); \
            'cairn config' shows what is in force and where it came from.

            Exit codes: 0 done, 1 could not do it, 2 wrong usage.
            """,
        subcommands: [
            Up.self, Serve.self, Work.self, Put.self, Open.self, Validate.self, Mirror.self, Fsck.self, Trails.self,
            Keys.self,
            Accounts.self, Regions.self, Organizations.self, Principals.self, Grants.self,
            QueueCommand.self, Topics.self,
            Events.self,
            Status.self, Clock.self,
            Config.self, Benchmark.self,
        ]
    )

    static func main() async {
        // Before anything uses OpenSSL, and before there is a secret that could end up in a core.
        guard SecretArena.adoptOpenSSL() else {
            Terminal.error("OpenSSL was used before its memory could be protected; this cairn was built wrongly")
            Glibc.exit(Terminal.Exit.failed.rawValue)
        }
        ProcessMemory.forbidDumps()
        signal(SIGPIPE, SIG_IGN)
        // Whoever made the process may have left a permissive mask; what cairn writes is nobody else's to read.
        umask(0o077)
        do {
            var command = try Self.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            Terminal.error(failure.text, hint: failure.hint)
            Glibc.exit(failure.exit.rawValue)
        } catch let failure as ValidateFailure {
            Terminal.error(failure.description, hint: failure.hint)
            Glibc.exit(failure.exit.rawValue)
        } catch {
            let code = Self.exitCode(for: error)
            let text = Self.fullMessage(for: error)
            if code == .success {
                Terminal.write(text + "\n")
                Glibc.exit(Terminal.Exit.done.rawValue)
            }
            // An exit code alone has been explained already.
            if text.isEmpty { Glibc.exit(code == .validationFailure ? Terminal.Exit.usage.rawValue : code.rawValue) }
            // ArgumentParser's own usage errors begin with "Error: ".
            Terminal.say(text.hasPrefix("Error: ") ? "error: " + text.dropFirst(7) : text)
            Glibc.exit(code == .validationFailure ? Terminal.Exit.usage.rawValue : Terminal.Exit.failed.rawValue)
        }
    }
}
