package import Hummingbird
import NIOCore

/// The context of requests that come over a socket.
package struct ConnectionContext: DoorContext {
    package var coreContext: CoreRequestContextStorage
    package let peer: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }

    package var maxUploadSize: Int { Door.bodyByteCountMax }
}
