import CairnNative
package import CairnSystem
import Synchronization

/// Requests without a true signature: counted by where they come from, so that who sends many of them fills a line of a
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

    /// Counts again what could not be written down.
    package func putBack(_ summary: Summary) {
        counts.withLock { counts in
            let sender = Sender(network: summary.network, service: summary.service)
            guard var later = counts[sender] else {
                if counts.count < Self.senderCountMax { counts[sender] = summary }
                return
            }
            later.count += summary.count
            later.firstAt = min(later.firstAt, summary.firstAt)
            later.codes = Set(later.codes + summary.codes).sorted()
            counts[sender] = later
        }
    }

    private static func network(of peer: String) -> String {
        guard let address = IPAddress(text: peer) else { return "unknown" }
        // An address of version 4 that was written as one of version 6 is one of version 4.
        let mapped = Array(address.bytes.prefix(12)) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
        let bytes = mapped ? Array(address.bytes.suffix(4)) : address.bytes
        if bytes.count == 4 { return "\(bytes[0]).\(bytes[1]).\(bytes[2]).0/24" }
        let groups = stride(from: 0, to: 6, by: 2).map {
            String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16)
        }
        return groups.joined(separator: ":") + "::/48"
    }
}
