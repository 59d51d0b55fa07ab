import CairnSystem
import CairnTerminal
import Logging

/// The log of a node: one line an entry on standard error, safe to look at.
struct TerminalLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]

    static func logger(level: Logger.Level) -> Logger {
        Logger(label: "cairn") { _ in TerminalLog(logLevel: level) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let details = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        Terminal.say("\(SystemTime().now.iso8601) \(event.level) \(SafeText.shown("\(event.message)\(details)"))")
    }
}
