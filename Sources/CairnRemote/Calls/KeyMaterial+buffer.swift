import CairnNative
import NIOCore

extension KeyMaterial {
    /// What a service answered, which may hold a secret in clear: moved into the arena, and cleared where it came in. Nil when
    /// there is nothing.
    convenience init?(taking buffer: inout ByteBuffer) {
        let view = buffer.readableBytesView
        guard !view.isEmpty else { return nil }
        self.init(
            Secret(count: view.count) { (bytes: inout MutableSpan<UInt8>) in
                for (i, byte) in view.enumerated() { bytes[i] = byte }
            })
        buffer.setRepeatingByte(0, count: buffer.readableBytes, at: buffer.readerIndex)
    }
}
