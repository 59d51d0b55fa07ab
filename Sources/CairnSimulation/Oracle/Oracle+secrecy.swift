import CairnDocuments
import CairnFormat
import CairnKeys
import CairnTestKit

/// I6: what is to be encrypted is, what was shredded stays so, and nothing else.
extension Oracle {
    /// I6: what is to be encrypted is, and no nonce is used twice.
    func judgeEncryption(of file: File, _ opened: LogFileOpener.Opened, _ messageIDs: inout Set<[UInt8]>) {
        let isEncrypted = opened.messageID != nil
        if isEncrypted != file.isEncrypted {
            world.violated("I6: \(file.location) is \(isEncrypted ? "" : "not ")encrypted")
        }
        if let id = opened.messageID, !messageIDs.insert(id).inserted {
            world.violated("I6: \(file.location) has the message id of another file, and with it its nonces")
        }
    }

    /// What is unreadable for its key was shredded is of a period whose keys somebody shredded, and all of that period is.
    func judgeShredding(_ files: [File]) async {
        let strangers = world.strangers
        for file in files {
            let name = "\(file.location)"
            guard file.isEncrypted, let shreddings = strangers.shreddings[file.trail],
                strangers.rottenFiles[name] == nil,
                let putAt = world.putTime(file.location)
            else { continue }
            let cutIn = minute(of: file)
            if await isShredded(name) {
                // A file is sealed after its cut and before its put, under the key of that moment.
                if !shreddings.contains(where: { cutIn <= $0.minute && putAt >= $0.from }) {
                    world.violated("I6: \(file.location), put at \(putAt), was shredded with another period")
                }
            } else if strangers.shreddedFiles[name] != nil,
                shreddings.contains(where: {
                    $0.isOnlyOne && cutIn == $0.minute && putAt >= $0.from && putAt < $0.until && putAt < $0.at
                })
            {
                world.violated("I6: \(file.location), put at \(putAt), opens though its period was shredded")
            }
        }
    }

    /// I6: nothing readable rests without a key.
    func judgeClearText(_ files: [File]) {
        let mark = Array(SentEvent.mark.utf8)
        for path in world.disk.paths(containing: "/data/") {
            if let bytes = world.disk.bytes(path), Self.contains(bytes, mark) {
                world.violated("I6: an event stands in clear in \(path)")
            }
        }
        for document in world.documents.snapshot() where Self.contains(document.body, mark) {
            world.violated("I6: an event stands in clear in the document \(document.key)")
        }
    }

    private static func contains(_ bytes: [UInt8], _ mark: [UInt8]) -> Bool {
        guard bytes.count >= mark.count else { return false }
        for start in 0...bytes.count - mark.count
        where bytes[start] == mark[0] && bytes[start..<start + mark.count].elementsEqual(mark) {
            return true
        }
        return false
    }
}
