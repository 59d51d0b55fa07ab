/// A path that is another when its bytes are, as for the kernel; `String` takes two spellings of one letter for equal.
///
/// Worlds look paths up by the million: they are told apart by 64 bits that all their bytes are mixed into.
struct SimulatedPath: Hashable {
    let text: String
    /// What its bytes are mixed into.
    private let mixed: UInt64
    /// The same of the directory that it stands in; of the root, 0.
    private let parentMixed: UInt64
    /// How many bytes the path of the directory has that it stands in.
    private let parentByteCount: Int

    init(_ text: String) {
        self.text = text
        var (mixed, atSlash, byteCount, count) = (Self.seed, Self.seed, 0, 0)
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/") { (atSlash, byteCount) = (mixed, count) }
            mixed = Self.mix(mixed, byte)
            count += 1
        }
        self.mixed = mixed
        let isInRoot = byteCount == 0 && text.utf8.first == UInt8(ascii: "/")
        parentByteCount = isInRoot ? 1 : byteCount
        parentMixed = isInRoot ? Self.mix(Self.seed, UInt8(ascii: "/")) : atSlash
    }

    private static let seed: UInt64 = 0xCBF2_9CE4_8422_2325

    private static func mix(_ mixed: UInt64, _ byte: UInt8) -> UInt64 { (mixed ^ UInt64(byte)) &* 0x100_0000_01B3 }

    /// Whether it stands in a directory.
    func isIn(_ directory: SimulatedPath) -> Bool { parentMixed == directory.mixed && !isRoot }

    static func == (a: SimulatedPath, b: SimulatedPath) -> Bool { a.mixed == b.mixed }

    func hash(into hasher: inout Hasher) { hasher.combine(mixed) }

    var parent: SimulatedPath {
        guard parentByteCount > 1 else { return SimulatedPath("/") }
        return SimulatedPath(String(text[..<text.utf8.index(text.startIndex, offsetBy: parentByteCount)]))
    }

    var isRoot: Bool { text == "/" }
}
