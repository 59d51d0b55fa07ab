import CairnKeys
import CairnNative
import Testing

@Suite("Each segment of each log has a key of its own")
struct LogKeysTests {
    private func bytes(_ key: KeyMaterial?) -> [UInt8] {
        key?.secret.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } } ?? []
    }

    @Test("the same segment has the same key; another id, another log, another version another one")
    func keys() {
        func key(_ byte: UInt8) -> KeyMaterial { KeyMaterial(Secret([UInt8](repeating: byte, count: 32).span)) }
        let keys = LogKeys([1: key(1), 2: key(2)], current: 2)
        let id = [UInt8](repeating: 7, count: 16)
        let first = bytes(keys.segmentKey(version: 1, id: id, log: "log/0"))
        #expect(first.count == 32 && first == bytes(keys.segmentKey(version: 1, id: id, log: "log/0")))
        #expect(first != bytes(keys.segmentKey(version: 2, id: id, log: "log/0")))
        #expect(first != bytes(keys.segmentKey(version: 1, id: id, log: "log/1")))
        #expect(first != bytes(keys.segmentKey(version: 1, id: [UInt8](repeating: 8, count: 16), log: "log/0")))
        #expect(keys.segmentKey(version: 3, id: id, log: "log/0") == nil)
        #expect(keys.current == 2)
    }
}
