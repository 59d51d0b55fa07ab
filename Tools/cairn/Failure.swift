import CairnTerminal

/// What ends a command: the fact and the next step.
struct Failure: Error {
    let text: String
    var hint: String?
    var exit: Terminal.Exit = .failed

    init(_ text: String, hint: String? = nil, exit: Terminal.Exit = .failed) {
        self.text = text
        self.hint = hint
        self.exit = exit
    }

    init(_ error: any Error) {
        self.init("\(error)")
    }
}
