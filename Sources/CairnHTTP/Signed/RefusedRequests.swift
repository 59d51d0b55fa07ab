package import CairnSystem
import Synchronization

/// Requests without a true signature or token: counted by where they come from, so that who sends many of them fills a line of a
/// record each minute, and not the log.
package final class RefusedRequests: Sendable {
    /// What one network sent to one service since the last look.
    package struct Summary: Sendable, Equatable {
        /// The first three bytes of an IPv4 address, the first six of an IPv6 address, or `others`.
        package let network: String
        package let service: String
        package fileprivate(set) var count: Int
        package fileprivate(set) var firstAt: Timestamp
        package fileprivate(set) var lastAt: Timestamp
        /// Sorted, each once.
        package fileprivate(set) var codes: [String]
    }

    private struct Sender: Hashable, Comparable {
        let network: String
        let service: String

        static func < (a: Sender, b: Sender) -> Bool { (a.network, a.service) < (b.network, b.service) }
    }

    /// The most networks that are told apart between two looks.
    private static let senderCountMax = 256

    private let counts = Mutex<[Sender: Summary]>([:])

    package init() {}

    /// - Parameter code: as it was told to whoever sent it; one of a few.
    func note(peer: String, service: String, code: String, at time: Timestamp) {
        let network = Self.network(of: peer)
        counts.withLock { counts in
            var sender = Sender(network: network, service: service)
            if counts[sender] == nil, counts.count >= Self.senderCountMax {
                sender = Sender(network: "others", service: "all")
            }
            var summary =
                counts[sender]
                ?? Summary(
                    network: sender.network, service: sender.service, count: 0, firstAt: time, lastAt: time, codes: [])
            summary.count += 1
            summary.lastAt = time
            if !summary.codes.contains(code) { summary.codes = (summary.codes + [code]).sorted() }
            counts[sender] = summary
        }
    }

    /// What has been counted since the last look, by network and service.
    package func take() -> [Summary] {
        let taken = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        return taken.sorted { $0.key < $1.key }.map(\.value)
    }

    private static func network(of peer: String) -> String {
        if peer.contains(":") {
            // Written out or not, what stands before the first `::` tells networks apart well enough to count.
            return peer.split(separator: ":", omittingEmptySubsequences: false).prefix(3).joined(separator: ":")
                + "::/48"
        }
        let parts = peer.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 ? parts.prefix(3).joined(separator: ".") + ".0/24" : peer
    }
}
