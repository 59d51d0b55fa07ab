/// Which webhooks may be posted to.
package struct WebhookSettings: Sendable {
    /// Hosts that may be at an address that is not public, or at another port than 443; a nil port: any.
    package var hosts: [(host: String, port: Int?)] = []
    /// The certificates that are trusted, a file in PEM; nil: those of the system.
    package var authorityFile: String?

    package init() {}

    /// - Parameter text: `HOST` or `HOST:PORT`, joined by commas; an IPv6 address in brackets.
    /// - Returns: nil when it is something else.
    package static func hosts(_ text: String) -> [(host: String, port: Int?)]? {
        var hosts: [(host: String, port: Int?)] = []
        for part in text.split(separator: ",").map({ $0.filter { $0 != " " } }) {
            guard !part.contains(where: { "/?".contains($0) }), let url = try? WebhookURL("https://\(part)/") else {
                return nil
            }
            let hasPort = part.hasPrefix("[") ? !part.hasSuffix("]") : part.contains(":")
            hosts.append((url.host, hasPort ? url.port : nil))
        }
        return hosts
    }

    func isTrusted(_ url: WebhookURL) -> Bool {
        hosts.contains { $0.host == url.host && ($0.port == nil || $0.port == url.port) }
    }
}
