import CairnHTTP
import CairnNative
import CairnSystem
import CairnTestKit

/// A request with events as it comes over a network to the routes of a door: whole or in chunks, compressed or not, in
/// pieces with pauses between them.
struct HTTPCall: Sendable {
    private let headers: [String: String]
    private let body: ArrivingBody

    /// - Parameters:
    ///   - dice: what form the request has.
    ///   - delay: how long the slowest piece takes.
    ///   - isBroken: whether the connection is gone before the last piece.
    init(
        token: String, body text: [UInt8], dice: SeededRandom, time: any TimeSource, delay: Duration = .zero,
        isBroken: Bool = false
    ) {
        var headers = ["Authorization": "Bearer \(token)"]
        var bytes = text
        if dice.below(3) == 0 {
            bytes = GzipCompressor().compress(text, .fast)
            headers["Content-Encoding"] = "gzip"
        }
        if dice.below(3) > 0 { headers["Content-Length"] = String(bytes.count) }
        let count = 1 + dice.below(4)
        let ends = (1..<count).map { _ in dice.below(bytes.count + 1) }.sorted() + [bytes.count]
        let slow = dice.below(count)
        var pieces: [ArrivingBody.Piece] = []
        var start = 0
        for (number, end) in ends.enumerated() {
            pieces.append(
                ArrivingBody.Piece(
                    bytes: Array(bytes[start..<end]),
                    delay: .microseconds(dice.below(500)) + (number == slow ? delay : .zero)))
            start = end
        }
        // An empty last piece would leave a body whole.
        if isBroken { while pieces.popLast()?.bytes.isEmpty == true {} }
        self.headers = headers
        self.body = ArrivingBody(pieces: pieces, isBroken: isBroken, time: time)
    }

    /// Sends it, and waits for the whole answer.
    func send(to door: SocketlessDoor) async throws -> SocketlessDoor.Answer {
        try await door.post(headers: headers, body: body)
    }
}
