import CairnCatalog
import CairnDigests
import CairnFormat
import CairnServer
import CairnTestKit

/// I3 and I4: each file is in one digest, and the chains are those that there should be.
extension Oracle {
    /// I4: a trail has a chain in each of its Regions, which is open if and only if it logs. What is not as it should be; nil:
    /// nothing.
    func untimelyChain() async throws -> String? {
        var heads: [String: ChainHead] = [:]
        for head in try await HeadDocuments(console.catalog).list() {
            heads["\(head.name.trail) in \(head.name.region)"] = head
        }
        for (trail, model) in ledger.trails.sorted(by: { $0.key < $1.key }) {
            for region in model.isMultiRegion ? Story.regions : [.usEast1] {
                let name = "\(trail) in \(region)"
                let isOpen = heads.removeValue(forKey: name).map(\.isOpen)
                if isOpen ?? false != model.isLogging {
                    return
                        "the chain of \(name) is \(isOpen.map { $0 ? "open" : "closed" } ?? "not there"), and the trail logs: "
                        + "\(model.isLogging)"
                }
            }
        }
        return heads.isEmpty ? nil : "nobody knows the chains of \(heads.keys.sorted())"
    }

    /// I3: each file that was there when the last digests came due is in one digest, as listed or missing, and no other is in two.
    func judgeListing(_ due: Set<String>, planted: Set<String>) async throws {
        var listed = ListedFiles()
        for digest in try await digests() where !planted.contains("\(digest.location)") {
            try listed.add(digest.text, at: digest.location)
        }
        for file in due.sorted() where listed.counts[file] == nil { world.violated("I3: no digest speaks of \(file)") }
        // A digest is decided at its end or later: what was gone by then is missing, and is not listed as if it were there.
        let isSteady = world.plan.faults.isDisjoint(with: [.clockLeaps, .clockStepped])
        for (file, goneAt) in world.strangers.deletionTimes.sorted(by: { $0.key < $1.key })
        where isSteady && world.disk.bytes("\(console.directory.buckets)/\(file)") == nil {
            if let end = listed.listedUntil[file], goneAt < end - 1 {
                world.violated("I3: a digest up to \(end) lists \(file), which was deleted at \(goneAt)")
            }
        }
        for (file, count) in listed.counts.sorted(by: { $0.key < $1.key }) where count > 1 {
            world.violated("I3: \(count) digests speak of \(file)")
        }
    }
}
