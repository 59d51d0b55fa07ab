import CairnObjects
import CairnSystem

/// The conditions and the range of a read (RFC 9110, 13 and 14, as S3 has them).
package struct ReadConditions: Sendable {
    enum Verdict: Equatable {
        case read
        case notModified
        case failed
    }

    private let request: ServiceRequest

    package init(_ request: ServiceRequest) { self.request = request }

    /// - Parameter etag: of the object, without quotes.
    func verdict(etag: String, modifiedAt: Timestamp) -> Verdict {
        // Times in headers are whole seconds.
        let seconds = modifiedAt.seconds
        if let match = request.header("if-match") {
            if !Self.matches(match, etag) { return .failed }
        } else if let since = request.header("if-unmodified-since").flatMap(HTTPDate.seconds), seconds > since {
            return .failed
        }
        if let match = request.header("if-none-match") {
            if Self.matches(match, etag) { return .notModified }
        } else if let since = request.header("if-modified-since").flatMap(HTTPDate.seconds), seconds <= since {
            return .notModified
        }
        return .read
    }

    private static func matches(_ list: String, _ etag: String) -> Bool {
        list.split(separator: ",").map { $0.filter { $0 != " " && $0 != "\"" } }.contains { $0 == "*" || $0 == etag }
    }

    /// The range that is asked for; nil: all of it, as for a range that says nothing, or more than one.
    ///
    /// - Throws: `InvalidRange` when nothing of it is there.
    package func range(of byteCount: Int) throws(ServiceFailure) -> Range<Int>? {
        guard let header = request.header("range"), header.hasPrefix("bytes=") else { return nil }
        let text = header.dropFirst("bytes=".count)
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " }
        }
        guard ends.count == 2, !text.contains(","),
            ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } })
        else { return nil }
        let unsatisfiable = ServiceFailure(
            416, "InvalidRange", "the object has \(byteCount) bytes: nothing of \(header.prefix(64)) is there")
        if ends[0].isEmpty {
            guard !ends[1].isEmpty else { return nil }
            let count = Int(ends[1]) ?? .max
            guard count > 0, byteCount > 0 else { throw unsatisfiable }
            return max(0, byteCount - min(count, byteCount))..<byteCount
        }
        let start = Int(ends[0]) ?? .max
        let end = ends[1].isEmpty ? Int.max - 1 : Int(ends[1]) ?? Int.max - 1
        guard end >= start || start == .max else { return nil }
        guard start < byteCount else { throw unsatisfiable }
        return start..<min(end + 1, byteCount)
    }
}
