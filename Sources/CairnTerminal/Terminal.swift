import Glibc

/// How commands talk: data on standard output, talk on standard error.
package enum Terminal {
    /// The exit codes of all commands.
    package enum Exit: Int32, Sendable {
        case done = 0
        /// It could not be done.
        case failed = 1
        /// The command line is wrong.
        case usage = 2
    }

    /// What the program was called as, which begins each line that it says.
    package static let program = SafeText.shown(
        CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? "cairn")

    /// Whether standard output is a terminal.
    package static var outputIsTerminal: Bool { isatty(1) == 1 }
    /// Whether standard error is a terminal.
    package static var talkIsTerminal: Bool { isatty(2) == 1 }

    /// The name of the user that runs the process, or its number.
    package static var userName: String {
        if let entry = getpwuid(getuid()) { return String(cString: entry.pointee.pw_name) }
        return "uid \(getuid())"
    }

    /// Asks at the terminal; nil when there is none.
    package static func ask(_ question: String) -> String? {
        guard isatty(0) == 1, talkIsTerminal else { return nil }
        write(Array("\(program): \(SafeText.shown(question)) ".utf8), to: 2)
        return readLine()
    }

    /// Writes data to standard output. A closed pipe is the end, not an error.
    package static func write(_ bytes: [UInt8]) { write(bytes, to: 1) }

    package static func write(_ text: String) { write(Array(text.utf8)) }

    /// All of standard input, up to `limit` bytes; nil when there is more, or it cannot be read.
    package static func readInput(limit: Int) -> [UInt8]? {
        var input: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let got = chunk.withUnsafeMutableBytes { read(0, $0.baseAddress!, $0.count) }
            if got == 0 { return input }
            if got < 0 {
                if errno == EINTR { continue }
                return nil
            }
            input.append(contentsOf: chunk[..<got])
            guard input.count <= limit else { return nil }
        }
    }

    /// Writes a line of data; anything from elsewhere in it must have been made safe.
    package static func line(_ text: String) { write(text + "\n") }

    /// Says something to the person at the terminal.
    package static func say(_ text: String) {
        write(Array("\(program): \(SafeText.shown(text, keepsLineFeeds: true))\n".utf8), to: 2)
    }

    package static func error(_ text: String, hint: String? = nil) {
        say("error: \(text)")
        if let hint { say("hint: \(hint)") }
    }

    /// Shows progress on one line, over the one before; on a terminal only.
    package static func progress(_ text: String) {
        guard talkIsTerminal else { return }
        write(Array("\r\u{1B}[K\(program): \(SafeText.shown(text))".utf8), to: 2)
    }

    /// Ends the line of progress.
    package static func endProgress() {
        if talkIsTerminal { write(Array("\r\u{1B}[K".utf8), to: 2) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var done = 0
        while done < bytes.count {
            let put = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + done, bytes.count - done) }
            if put < 0 {
                if errno == EINTR { continue }
                exit(errno == EPIPE ? Exit.done.rawValue : Exit.failed.rawValue)
            }
            done += put
        }
    }

    /// A table with aligned columns; the cells are made safe.
    package static func table(_ header: [String], _ rows: [[String]]) -> String {
        let safe = ([header] + rows).map { $0.map { SafeText.shown($0) } }
        let widths = header.indices.map { column in safe.map { $0[column].count }.max() ?? 0 }
        return safe.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line + "\n"
        }.joined()
    }
}
