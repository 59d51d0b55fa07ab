/// A path that is another when its bytes are, as for the kernel; `String` takes two spellings of one letter for equal.
struct SimulatedPath: Hashable {
    let text: String
    /// How many bytes the path of the directory has that it stands in.
    private let parentByteCount: Int

    init(_ text: String) {
        self.text = text
        var (count, byteCount) = (text.utf8.count, 0)
        for byte in text.utf8.reversed() {
            count -= 1
            if byte == UInt8(ascii: "/") {
                byteCount = max(1, count)
                break
            }
        }
        parentByteCount = byteCount
    }

    /// Whether it stands in a directory.
    func isIn(_ directory: SimulatedPath) -> Bool {
        parentByteCount == directory.text.utf8.count && !isRoot
            && text.utf8.prefix(parentByteCount).elementsEqual(directory.text.utf8)
    }

    static func == (a: SimulatedPath, b: SimulatedPath) -> Bool {
        a.text == b.text && a.text.utf8.elementsEqual(b.text.utf8)
    }

    /// Of the last bytes alone, where paths differ most: bytes one by one are slow.
    func hash(into hasher: inout Hasher) {
        hasher.combine(text.utf8.count)
        for byte in text.utf8.suffix(12) { hasher.combine(byte) }
    }

    var parent: SimulatedPath {
        guard parentByteCount > 1 else { return SimulatedPath("/") }
        return SimulatedPath(String(text[..<text.utf8.index(text.startIndex, offsetBy: parentByteCount)]))
    }

    var isRoot: Bool { text == "/" }
}
