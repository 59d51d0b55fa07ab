import CairnSystem

/// A body that comes piece by piece, and not always to its end.
struct ArrivingBody: AsyncSequence, Sendable {
    /// The connection is gone before the body is whole.
    struct BrokenOff: Error {}

    struct Piece: Sendable {
        let bytes: [UInt8]
        /// How long it takes to come after the one before.
        let delay: Duration
    }

    struct Iterator: AsyncIteratorProtocol {
        let body: ArrivingBody
        private var next = 0

        init(_ body: ArrivingBody) { self.body = body }

        mutating func next() async throws -> [UInt8]? {
            guard next < body.pieces.count else {
                if body.isBroken { throw BrokenOff() }
                return nil
            }
            let piece = body.pieces[next]
            next += 1
            try? await body.time.sleep(for: piece.delay)
            return piece.bytes
        }
    }

    let pieces: [Piece]
    /// Whether more was to come after the last piece.
    let isBroken: Bool
    let time: any TimeSource

    func makeAsyncIterator() -> Iterator { Iterator(self) }
}
