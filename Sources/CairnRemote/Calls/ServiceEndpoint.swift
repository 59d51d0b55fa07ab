/// Where a service is called: one URL, or one for each Region.
package struct ServiceEndpoint: Sendable, Equatable {
    /// The text is no endpoint that calls may go to.
    package struct Problem: Error, Equatable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// The part that a Region's name takes the place of.
    private static let regionPart = "{region}"

    private let scheme: String
    private let host: String
    /// As it was given.
    package let text: String

    /// - Parameter text: `https://HOST[:PORT]`, where HOST may have `{region}` in it; `http://` for loopback only, since what
    ///   is answered is secret, or is believed.
    package init(_ text: String) throws(Problem) {
        let parts = text.split(separator: "://", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["http", "https"].contains(parts[0]), !parts[1].isEmpty,
            !parts[1].contains(where: { "/@?#".contains($0) || $0.isWhitespace || !$0.isASCII })
        else { throw Problem(description: "'\(text)': expected https://HOST or https://HOST:PORT") }
        (scheme, host) = (parts[0], parts[1])
        let name =
            host.hasPrefix("[") ? String(host.dropFirst().prefix { $0 != "]" }) : String(host.prefix { $0 != ":" })
        guard scheme == "https" || ["127.0.0.1", "localhost", "::1"].contains(name) else {
            throw Problem(
                description:
                    "'\(text)' is not taken: nothing protects what it answers, so it must be https unless it is on this machine"
            )
        }
        self.text = text
    }

    /// Whether each Region has a URL of its own.
    var isRegional: Bool { host.contains(Self.regionPart) }

    var isSecure: Bool { scheme == "https" }

    /// The host that calls for a Region go to.
    func host(_ region: String) -> String { host.replacing(Self.regionPart, with: region) }

    /// Where calls for a Region go, with a slash at the end.
    package func url(_ region: String) -> String { "\(scheme)://\(host(region))/" }

    /// Where calls for a Region go, with what stands before the host's name and behind it.
    ///
    /// - Parameters:
    ///   - label: a part of the host's name of its own; nil: none.
    ///   - target: percent-encoded path and query, beginning with a slash.
    func url(_ region: String, label: String?, target: String) -> String {
        "\(scheme)://\(label.map { $0 + "." } ?? "")\(host(region))\(target)"
    }
}
