import CairnDocuments
import CairnObjects
import CairnTestKit

/// I5: who wanted to hear of objects has heard.
extension Oracle {
    /// The digests that are there, those that came after `newest` left out.
    func digests(upTo newest: [DigestObject]) async throws -> [ObjectLocation] {
        guard world.announcesDigests else { return [] }
        let ends = Dictionary(newest.map { ($0.series, $0.end) }) { max($0, $1) }
        return try await opener.listDigests().filter { location in
            let digest = DigestObject(location.key)
            // The first trail announces its log files alone.
            return digest.trail != "main" && ends[digest.series].map { digest.end <= $0 } ?? false
                && world.strangers.plantedObjects["\(location)"] == nil
        }
    }

    /// I5: every file and every digest was announced.
    func judgeNotices(_ objects: [ObjectLocation]) {
        let announced = consumer.announced
        for document in world.documents.snapshot() where document.key.description.hasPrefix("queues/") {
            world.trace.aside("\(document.key): \(String(decoding: document.body, as: UTF8.self))")
        }
        for object in objects where announced["\(object)"] == nil {
            world.violated("I5: \(object) was never announced")
        }
        let taken = world.subscriber.taken
        for object in objects where taken["\(object)"] == nil {
            world.violated("I5: \(object) was never passed on")
        }
        for text in world.subscriber.strange { world.violated("I5: the subscriber got \(text)") }
    }
}
