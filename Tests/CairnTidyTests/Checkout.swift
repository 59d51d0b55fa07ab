import Foundation

/// The files of the checkout that this test stands in.
enum Checkout {
    static let top = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What tools leave behind, what .gitignore names, and where git keeps its own: in a work tree that is a file.
    private static let left: Set = ["__pycache__", "node_modules", ".git"]

    /// Every text file, hidden folders left out but for `.ci`.
    static func files() -> [SourceFile] {
        var files: [SourceFile] = []
        var open = [""]
        while let folder = open.popLast() {
            let url = folder.isEmpty ? top : top.appending(path: folder)
            for name in (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? [] {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: url.appending(path: name).path, isDirectory: &isFolder)
                else { continue }
                if left.contains(name) { continue }
                if isFolder.boolValue {
                    if !name.hasPrefix(".") || name == ".ci" { open.append(path) }
                } else if let bytes = FileManager.default.contents(atPath: url.appending(path: name).path),
                    let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0)
                {
                    files.append(SourceFile(path: path, text: text))
                }
            }
        }
        return files.sorted { $0.path < $1.path }
    }
}
