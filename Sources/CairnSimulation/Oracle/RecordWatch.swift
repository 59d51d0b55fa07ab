import CairnFormat
import CairnLog
import CairnNative
import Synchronization

/// What workers write down of the files that they delivered: whoever finished the work, it is the same.
final class RecordWatch: Sendable {
    private let files = Mutex<[[UInt8]: String]>([:])

    /// I10: two records of one file name the same object with the same content. Where its trail's bucket was moved meanwhile it may
    /// stand in both (design 5.7).
    func watch(_ payload: [UInt8], in world: World) {
        guard let record = DeliveredCoding.decode(payload), let file = record.file else { return }
        let name = file.key.text.split(separator: "/").last ?? ""
        let text = "\(name) of content \(file.contentHash.hex), \(file.recordCount) records"
        let known = files.withLock { files in
            let known = files[record.id]
            files[record.id] = known ?? text
            return known
        }
        if let known, known != text { world.violated("I10: a file was delivered as \(known), and as \(text)") }
    }
}
