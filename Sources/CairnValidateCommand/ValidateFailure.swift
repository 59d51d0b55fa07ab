package import CairnTerminal

/// What ends a command: the fact and the next step.
package struct ValidateFailure: Error, CustomStringConvertible {
    package let description: String
    package var hint: String?
    package var exit: Terminal.Exit

    init(_ text: String, hint: String? = nil, exit: Terminal.Exit = .failed) {
        (description, self.hint, self.exit) = (text, hint, exit)
    }
}
