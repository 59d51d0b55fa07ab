import CairnFormat
import FoundationEssentials
import Glibc

/// The names of trail keys that encrypted files carry in their headers.
enum KeyNames {
    /// How much of a file is read to find its header.
    private static let headerByteCount = 4_096

    /// Looks at every file below a directory; links are not followed.
    static func ofFiles(below root: String) -> Set<String> {
        var names: Set<String> = []
        var folders = [root]
        while let folder = folders.popLast() {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                let path = "\(folder)/\(name)"
                let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
                if type == .typeDirectory { folders.append(path) }
                guard type == .typeRegular, name.hasSuffix(".gz"), let start = start(of: path) else { continue }
                guard let header = try? EncryptedHeader.parse(start).header else { continue }
                names.formUnion(header.dataKeys.compactMap { $0.rawName(namespace: "cairn") })
            }
        }
        return names
    }

    private static func start(of path: String) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: headerByteCount)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress!, $0.count) }
        return count > 0 ? Array(bytes[..<count]) : nil
    }
}
