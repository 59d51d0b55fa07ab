import FoundationEssentials

/// The error document of a service that speaks AWS JSON.
package struct ServiceProblem: Sendable {
    private struct Document: Decodable {
        var type: String?
        var message: String?
        var otherMessage: String?

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message
            case otherMessage = "Message"
        }
    }

    /// The error's name without its namespace; empty when the body is no such document.
    package let type: String
    let message: String

    package init(_ body: some Sequence<UInt8>) {
        let document = try? JSONDecoder().decode(Document.self, from: Data(body))
        type = (document?.type ?? "").split(separator: "#").last.map(String.init) ?? ""
        message = String((document?.message ?? document?.otherMessage ?? "no reason given").prefix(300))
    }

    /// Whether it is about who asks, not about what is asked.
    var isAboutCredentials: Bool {
        [
            "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException",
            "ExpiredTokenException",
            "InvalidClientTokenId", "IncompleteSignature", "MissingAuthenticationTokenException",
        ].contains(type)
    }
}
