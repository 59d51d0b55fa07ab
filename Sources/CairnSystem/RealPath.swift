import Glibc

/// Paths without links.
package enum RealPath {
    /// The path with every link followed; nil when it does not exist.
    package static func of(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
