import CairnFormat

/// One page of a listing while it is being filled.
struct ListPage {
    let prefix: String
    let after: String?
    let limit: Int
    var keys: [ObjectKey] = []

    init(prefix: String, after: String?, limit: Int) {
        self.prefix = prefix
        self.after = after
        self.limit = limit
    }

    var isFull: Bool { keys.count >= limit }

    /// Whether the page takes a key. Compares bytes: `String` takes two spellings of one letter for equal.
    func mayTake(_ key: String) -> Bool { key.utf8.starts(with: prefix.utf8) && isAfter(key) }

    /// Whether the page may take a key that begins with `folder`, which ends in a slash.
    func mayTake(below folder: String) -> Bool {
        guard folder.utf8.starts(with: prefix.utf8) || prefix.utf8.starts(with: folder.utf8) else { return false }
        return isAfter(folder) || (after?.utf8.starts(with: folder.utf8) ?? false)
    }

    private func isAfter(_ key: String) -> Bool {
        guard let after else { return true }
        return after.utf8.lexicographicallyPrecedes(key.utf8)
    }
}
