import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// Keeps what is answered to a request.
final class AnswerCollector: ResponseBodyWriter, Sendable {
    private let collected = Mutex(ByteBuffer())

    /// What has been written.
    var bytes: [UInt8] { collected.withLock { Array($0.readableBytesView) } }

    func write(_ buffer: ByteBuffer) {
        collected.withLock { collected in
            var buffer = buffer
            collected.writeBuffer(&buffer)
        }
    }

    func finish(_ trailingHeaders: HTTPFields?) {}
}
