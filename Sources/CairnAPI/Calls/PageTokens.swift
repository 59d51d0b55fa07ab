import CairnNative
import FoundationEssentials

/// Makes the tokens by which lists go on, and knows its own again.
///
/// A token carries where its list goes on, in clear, and 16 bytes of an HMAC over that and over what was asked: nobody can make
/// one, and one of another list, of another caller's or with other parameters is refused.
struct PageTokens: Sendable {
    private static let tagByteCount = 16

    private let key: [UInt8]

    init(key: [UInt8]) { self.key = HMAC.sha256(key: key, Array("page tokens".utf8)).array }

    /// - Parameters:
    ///   - place: where the list goes on.
    ///   - query: all that decides what is listed, and for whom.
    func token(at place: String, of query: [String]) -> String {
        let place = Array(place.utf8)
        return Data(tag(place, query) + place).base64EncodedString()
    }

    /// The place that a token names; nil when it is none of this list's.
    func place(_ token: String, of query: [String]) -> String? {
        guard let bytes = Data(base64Encoded: token).map({ Array($0) }), bytes.count >= Self.tagByteCount else {
            return nil
        }
        let place = Array(bytes[Self.tagByteCount...])
        guard ConstantTime.equal(Array(bytes[..<Self.tagByteCount]), tag(place, query)) else { return nil }
        return String(validating: place, as: UTF8.self)
    }

    private func tag(_ place: [UInt8], _ query: [String]) -> [UInt8] {
        var text: [UInt8] = []
        for part in query.map({ Array($0.utf8) }) + [place] {
            text.append(bigEndian: UInt32(part.count))
            text += part
        }
        return Array(HMAC.sha256(key: key, text).array.prefix(Self.tagByteCount))
    }
}
