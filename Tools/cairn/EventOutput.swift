import CairnFormat
import CairnHistory
import CairnTerminal

/// Events of history, as a person or a program reads them.
struct EventOutput {
    private let format: Events.Format
    private var rows: [[String]] = []
    private var isFirst = true

    private static let columns = [
        "Event time", "User name", "Event name", "Event source", "Resource type", "Resource name", "AWS access key",
        "Event ID", "AWS Region", "Source IP address", "User agent", "Error code", "Read-only", "Recipient account",
    ]

    init(_ format: Events.Format) {
        self.format = format
        if format == .json { Terminal.write("{\"Records\":[") }
        if format == .csv { Terminal.write(Self.line(Self.columns)) }
    }

    mutating func write(_ event: HistorySearch.Found) {
        switch format {
        case .json:
            show(event.event, after: "", before: isFirst ? "" : ",")
        case .ndjson: show(event.event, after: "\n")
        case .csv: Terminal.write(Self.line(Self.cells(event)))
        case .table:
            let cells = Self.cells(event)
            rows.append([cells[0], cells[8], cells[1], cells[2], cells[3], cells[5], cells[11]])
        }
        isFirst = false
    }

    func end() {
        if format == .json { Terminal.write("]}\n") }
        if format == .table {
            Terminal.write(
                Terminal.table(["TIME", "REGION", "USER", "NAME", "SOURCE", "RESOURCES", "ERROR"], rows))
        }
    }

    /// Bytes as they came in to a pipe or file; safe text to a terminal.
    private func show(_ event: [UInt8], after end: String, before: String = "") {
        if Terminal.outputIsTerminal {
            Terminal.write(before + SafeText.shown(String(decoding: event, as: UTF8.self)) + end)
        } else {
            Terminal.write(Array(before.utf8) + event + Array(end.utf8))
        }
    }

    private static func cells(_ event: HistorySearch.Found) -> [String] {
        let lookup = event.lookup
        let record = try? StrictJSON.parse(event.event)
        func text(_ name: String) -> String { record?[name]?.text ?? "" }
        return [
            EventTime(seconds: event.place.time).iso8601, lookup.username ?? "", lookup.eventName ?? "",
            lookup.eventSource ?? "", lookup.resources.map { $0.type ?? "" }.joined(separator: ", "),
            lookup.resources.map(\.name).joined(separator: ", "), lookup.accessKeyID ?? "", lookup.eventID ?? "",
            text("awsRegion"), text("sourceIPAddress"), text("userAgent"), text("errorCode"), lookup.readOnly ?? "",
            text("recipientAccountId"),
        ]
    }

    /// A row of RFC 4180. What a spreadsheet would take for a formula has an apostrophe before it, and what a terminal would
    /// obey is shown.
    private static func line(_ cells: [String]) -> String {
        // Scalar by scalar: to a reader of CSV a quote is one, whatever mark stands behind it.
        cells.map { cell in
            let isFormula = cell.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
            let text = SafeText.shown(isFormula ? "'" + cell : cell)
            guard text.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" }) else { return text }
            var quoted = String.UnicodeScalarView("\"".unicodeScalars)
            for scalar in text.unicodeScalars {
                if scalar == "\"" { quoted.append("\"") }
                quoted.append(scalar)
            }
            quoted.append("\"")
            return String(quoted)
        }.joined(separator: ",") + "\r\n"
    }
}
