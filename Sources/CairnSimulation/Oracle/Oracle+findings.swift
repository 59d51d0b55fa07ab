import CairnCatalog
import CairnFormat
import CairnKeys
import CairnTestKit

/// What cairn says of a run.
extension Oracle {
    /// Nothing is reported that did not happen.
    func judgeFindings() async {
        do throws(CatalogError) {
            let findings = try await console.catalog.findings()
            // What is said of a file is what a gap that is told already did to it.
            let gaps = findings.filter { $0.kind == .logGap && $0.subject.hasPrefix("partition ") }
            if gaps.count > world.strangers.damagedFrameCount {
                world.violated("more gaps than damaged frames: \(gaps.map(\.text))")
            }
            for finding in findings where !isExpected(finding) {
                world.violated("a finding that nothing explains: \(finding.kind) \(finding.subject): \(finding.text)")
            }
        } catch { world.violated("findings cannot be read: \(error)") }
        for path in world.disk.paths(containing: "/data/quarantine/")
        where world.strangers.damagedFrameCount == 0 && world.strangers.plantedObjects.isEmpty
            && world.strangers.rottenFiles.isEmpty
        {
            if await isShreddedAttempt(path) { continue }
            world.violated("something is in quarantine: \(path)")
        }
    }

    /// Whether a file on the disk is sealed under a key that was shredded: it gave way to a fresh one before anybody was told of it.
    private func isShreddedAttempt(_ path: String) async -> Bool {
        guard let bytes = world.disk.bytes(path), let header = try? EncryptedHeader.parse(bytes).header,
            let name = header.dataKeys.first?.rawName(namespace: TrailKeyName.namespace)
        else { return false }
        return (try? await keyring.manifest().isShredded(name)) ?? false
    }

    private func isExpected(_ finding: CairnCatalog.Finding) -> Bool {
        switch finding.kind {
        case .logGap: world.strangers.damagedFrameCount > 0
        case .logFileGone, .eventsNotSent: world.strangers.logFilesTaken > 0
        case .clockLeapt: world.plan.faults.contains(.clockLeaps)
        case .reAimed: world.plan.faults.contains(.bucketMoved)
        case .missingObject: !world.strangers.deletedFiles.isEmpty || !world.strangers.rottenFiles.isEmpty
        case .plantedObject: !world.strangers.plantedObjects.isEmpty || !world.strangers.rottenFiles.isEmpty
        default: false
        }
    }
}
