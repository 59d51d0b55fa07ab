import ArgumentParser
import CairnTerminal

extension ValidateCommand {
    /// Says what ended the command.
    ///
    /// - Returns: the exit code.
    package static func report(_ error: any Error) -> Int32 {
        if let failure = error as? ValidateFailure {
            Terminal.error(failure.description, hint: failure.hint)
            return failure.exit.rawValue
        }
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code == .success {
            Terminal.write(text + "\n")
            return Terminal.Exit.done.rawValue
        }
        // An exit code alone has been explained already.
        guard !text.isEmpty else { return code == .validationFailure ? Terminal.Exit.usage.rawValue : code.rawValue }
        Terminal.say(text.hasPrefix("Error: ") ? "error: " + text.dropFirst(7) : text)
        return code == .validationFailure ? Terminal.Exit.usage.rawValue : Terminal.Exit.failed.rawValue
    }
}
