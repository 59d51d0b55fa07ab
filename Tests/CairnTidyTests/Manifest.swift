import Foundation

/// The targets of Package.swift and what each says it needs.
struct Manifest {
    struct Target {
        var isTest = false
        /// Targets and products together: a product has the name of its module.
        var needs: Set<String>
    }

    var targets: [String: Target]

    /// The manifest as SwiftPM itself reads it.
    static func read(_ checkout: URL) throws -> Manifest {
        // A build directory of its own: the one of the checkout may be locked by the run that we are part of.
        let scratch = FileManager.default.temporaryDirectory.appending(path: "cairn-tidy-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", checkout.path, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let json = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let dump = try JSONSerialization.jsonObject(with: json) as? [String: Any]
        guard let targets = dump?["targets"] as? [[String: Any]] else {
            throw CocoaError(.fileReadCorruptFile)
        }
        return Manifest(targets: Dictionary(uniqueKeysWithValues: targets.compactMap(target)))
    }

    private static func target(_ json: [String: Any]) -> (String, Target)? {
        guard let name = json["name"] as? String, let list = json["dependencies"] as? [[String: Any]] else {
            return nil
        }
        let needs = list.compactMap { dependency in
            // {"product": ["Logging", "swift-log", …]}, {"target": [name, …]} or {"byName": [name, …]}
            (dependency.values.first as? [Any])?.first as? String
        }
        return (name, Target(isTest: json["type"] as? String == "test", needs: Set(needs)))
    }

    /// All that `name` reaches.
    func closure(of name: String) -> Set<String> {
        var reached: Set<String> = []
        var open = [name]
        while let next = open.popLast() {
            for need in targets[next]?.needs ?? [] where reached.insert(need).inserted { open.append(need) }
        }
        return reached
    }
}
