import CairnFormat
import CairnSystem

/// An object of an embedded bucket that is open for reading: whatever happens to its name, its bytes stay the same.
package struct BucketFile: Sendable {
    package let entry: BucketEntry
    /// User metadata.
    package let metadata: [String: String]
    private let file: ConfinedFile

    init(_ file: ConfinedFile, _ entry: BucketEntry, metadata: [String: String]) {
        (self.file, self.entry, self.metadata) = (file, entry, metadata)
    }

    /// All bytes of a range that lies within the object.
    package func read(_ range: Range<Int>, _ location: ObjectLocation) async throws(ObjectError) -> [UInt8] {
        // Small objects came along when they were opened.
        if range.upperBound <= entry.start.count { return Array(entry.start[range]) }
        let file = file
        let result = await BucketFiles.threads.run { () -> Result<[UInt8], ConfinedDirectory.Problem> in
            do throws(ConfinedDirectory.Problem) {
                return .success(try file.read(at: range.lowerBound, count: range.count))
            } catch { return .failure(error) }
        }
        do throws(ConfinedDirectory.Problem) {
            let bytes = try result.get()
            guard bytes.count == range.count else { throw ConfinedDirectory.Problem.notFound }
            return bytes
        } catch {
            throw error == .notFound
                ? .changed(location) : .unavailable(location, reason: "the file cannot be read: \(error)")
        }
    }
}
