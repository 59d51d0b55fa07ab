import ArgumentParser
import CairnNative
import CairnTerminal
import CairnValidateCommand
import Glibc

/// The validator alone.
@main
struct CairnValidate {
    static func main() async {
        guard SecretArena.adoptOpenSSL() else {
            Terminal.error("OpenSSL was used before its memory could be protected; this program was built wrongly")
            Glibc.exit(Terminal.Exit.failed.rawValue)
        }
        ProcessMemory.forbidDumps()
        ProcessMemory.keepLargeBlocks()
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try ValidateCommand.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            Glibc.exit(ValidateCommand.report(error))
        }
    }
}
