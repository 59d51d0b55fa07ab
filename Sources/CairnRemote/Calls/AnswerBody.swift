import AsyncHTTPClient
import CairnSystem
import NIOCore

/// Whole bodies of answers, within a limit and a time. A client's own deadline ends with the head of an answer: one that trickles
/// in has this.
enum AnswerBody {
    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter deadline: in uptime.
    static func collect(
        _ body: HTTPClientResponse.Body, upTo limit: Int, by deadline: Duration, _ time: any TimeSource
    ) async throws -> ByteBuffer {
        var whole = ByteBuffer()
        var isLate = false
        for try await var part in body {
            // What has come is taken, however late: this machine may be slow. Only for more nobody waits.
            guard !isLate else { throw Problem(description: "the answer does not come to its end") }
            guard whole.readableBytes + part.readableBytes <= limit else {
                throw Problem(description: "the answer has more than \(limit) bytes")
            }
            whole.writeBuffer(&part)
            isLate = time.uptime > deadline
        }
        return whole
    }
}
