/// Arrows point down, and every import is one that the drawing and the manifest allow.
enum ArrowRules {
    /// What Package.swift says against the drawing.
    static func manifest(_ manifest: Manifest, _ drawing: Drawing) -> [String] {
        var findings: [String] = []
        for (name, target) in manifest.targets.sorted(by: { $0.key < $1.key }) where !target.isTest {
            guard let room = drawing.rooms[name] else {
                findings.append("Package.swift: \(name) is not in the drawing")
                continue
            }
            for need in target.needs.sorted() {
                if let other = drawing.rooms[need], other.level >= room.level {
                    findings.append(
                        "Package.swift: \(name) (level \(room.level)) needs \(need) (level \(other.level)): not downwards"
                    )
                } else if !room.ours.contains(need), !room.outside.contains(need) {
                    findings.append("Package.swift: \(name) may not need \(need)")
                }
            }
            for far in (drawing.unreachable[name] ?? []).intersection(manifest.closure(of: name)).sorted() {
                findings.append("Package.swift: \(name) must not reach \(far)")
            }
        }
        return findings
    }

    /// What the files import against the manifest and the drawing.
    static func imports(_ files: [SourceFile], _ manifest: Manifest, _ drawing: Drawing) -> [String] {
        var findings: [String] = []
        for file in files where file.isSwift {
            guard let name = file.target else { continue }
            guard let target = manifest.targets[name] else {
                findings.append("\(file.path): no target of Package.swift takes \(name)")
                continue
            }
            // A test target stands in the room it tests: the same libraries have their home there.
            let room = drawing.rooms[target.isTest ? String(name.dropLast("Tests".count)) : name]
            for (line, module) in file.imports {
                let place = "\(file.path):\(line): "
                if (target.isTest ? drawing.testing : drawing.plain).contains(module) { continue }
                let isOurs = drawing.rooms[module] != nil
                if !target.isTest, !(room?.ours.contains(module) ?? false), !(room?.outside.contains(module) ?? false) {
                    findings.append(place + "\(name) may not import \(module)")
                } else if target.isTest, !isOurs, !(room?.outside.contains(module) ?? false) {
                    findings.append(place + "\(module) has its home elsewhere, \(name) may not import it")
                } else if target.isTest, isOurs, drawing.rooms[module]?.level == -1 {
                    findings.append(place + "\(module) is C: only one room imports it, and no test")
                } else if module != "Glibc", !target.needs.contains(module) {
                    findings.append(place + "Package.swift doesn't list \(module) for \(name)")
                }
            }
        }
        return findings
    }
}
