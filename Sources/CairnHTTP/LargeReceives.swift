import NIOCore

/// Lets a connection receive up to 1 MiB at once where that much comes: each piece of a body costs a change of tasks.
final class LargeReceives: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = Any

    func handlerAdded(context: ChannelHandlerContext) {
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 16 << 10, maximum: 1 << 20)
        // Should a channel not know the option, it goes on with its own size.
        context.channel.setOption(.recvAllocator, value: allocator).whenFailure { _ in }
    }
}
