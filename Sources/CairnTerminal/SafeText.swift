/// Text from events, archives and peers as it may be shown to a person.
package enum SafeText {
    /// Shows control and bidirectional characters as escapes: U+0000–001F, 007F–009F, 200E–200F, 202A–202E, 2066–2069.
    ///
    /// - Parameter keepsLineFeeds: whether line feeds stay: for text of ours that holds a part from elsewhere, never for
    ///   that part itself.
    package static func shown(_ text: String, keepsLineFeeds: Bool = false) -> String {
        guard text.unicodeScalars.contains(where: isHidden) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            if isHidden(scalar), !(keepsLineFeeds && scalar == "\n") {
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            } else {
                result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
