import FoundationEssentials

/// What the door answers to a request with events, as a producer reads it.
struct Receipt: Decodable, Sendable {
    struct Refused: Decodable, Sendable {
        let index: Int
        let code: String
    }

    let accepted: Int
    let duplicates: Int
    let conflicts: Int
    let refusedCount: Int
    let refused: [Refused]

    /// - Parameter body: JSON.
    init?(_ body: [UInt8]) {
        guard let receipt = try? JSONDecoder().decode(Receipt.self, from: Data(body)) else { return nil }
        self = receipt
    }
}
