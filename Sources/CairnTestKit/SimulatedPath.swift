/// A path that is another when its bytes are, as for the kernel; `String` takes two spellings of one letter for equal.
struct SimulatedPath: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (a: SimulatedPath, b: SimulatedPath) -> Bool {
        a.text == b.text && a.text.utf8.elementsEqual(b.text.utf8)
    }

    /// Of the last bytes alone, where paths differ most: bytes one by one are slow.
    func hash(into hasher: inout Hasher) {
        hasher.combine(text.utf8.count)
        for byte in text.utf8.suffix(12) { hasher.combine(byte) }
    }

    var parent: SimulatedPath {
        guard let slash = text.utf8.lastIndex(of: UInt8(ascii: "/")), slash != text.startIndex else {
            return SimulatedPath("/")
        }
        return SimulatedPath(String(text[..<slash]))
    }

    var isRoot: Bool { text == "/" }
}
