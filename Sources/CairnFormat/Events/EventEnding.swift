/// What is appended to an event in place of its closing brace.
struct EventEnding {
    private var bytes: [UInt8] = []
    private var isFirst: Bool

    init(isFirst: Bool) { self.isFirst = isFirst }

    /// - Parameter text: needs no escaping: names and ids of ours.
    mutating func add(_ name: String, text: String) {
        begin(name)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: String, bool: Bool) {
        begin(name)
        bytes.append(contentsOf: (bool ? "true" : "false").utf8)
    }

    private mutating func begin(_ name: String) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.utf8)
        bytes.append(contentsOf: "\":".utf8)
    }

    private static let brace = [UInt8(ascii: "}")]

    func closed() -> [UInt8] { bytes.isEmpty ? Self.brace : bytes + Self.brace }
}
