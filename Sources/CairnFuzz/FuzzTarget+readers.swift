import CairnFormat
import CairnHTTP
import CairnObjects

/// What readers ask of buckets and queues, once somebody has signed it.
extension FuzzTarget {
    /// The most that a listing shows, and the most entries of a batch.
    private static let (listMax, batchMax) = (1_000, 10)
    private static let objectByteCount = 1_000

    /// A request is read as one of each service: what is understood is within the limits, what is not is an error of the sender.
    /// The input is a line of method and target, lines of headers, an empty line, and a body.
    static let readers = FuzzTarget(name: "readers") { (input) throws(Broken) in
        guard let request = request(input) else { return }
        switch try understood({ () throws(ServiceFailure) in try ObjectOperation(request) }) {
        case .list(let listing)?:
            guard listing.query.limit <= listMax else { throw Broken("a listing of \(listing.query.limit)") }
        case .get(let location)?, .head(let location)?:
            let parts = location.key.text.split(separator: "/", omittingEmptySubsequences: false)
            guard !parts.contains("..") && !parts.contains(".") && !parts.contains("") else {
                throw Broken("the key \(location.key) leads elsewhere")
            }
        default: break
        }
        let range = try understood { () throws(ServiceFailure) in
            try ReadConditions(request).range(of: objectByteCount)
        }
        if let range = range ?? nil, range.isEmpty || range.lowerBound < 0 || range.upperBound > objectByteCount {
            throw Broken("the range \(range) of \(objectByteCount) bytes")
        }
        let entries = try understood { () throws(ServiceFailure) in
            let call = try QueueCall(request)
            _ = try call.number("MaxNumberOfMessages", in: 1...10)
            return try call.entries("DeleteMessageBatchRequestEntry")
        }
        if let entries, !(1...batchMax).contains(entries.count) { throw Broken("a batch of \(entries.count)") }
    }

    /// What a service makes of a request; nil when it is an error of the sender's.
    private static func understood<Found>(_ read: () throws(ServiceFailure) -> Found) throws(Broken) -> Found? {
        do throws(ServiceFailure) { return try read() } catch {
            try check(error)
            return nil
        }
    }

    private static func check(_ failure: ServiceFailure) throws(Broken) {
        guard (400...499).contains(failure.status) || failure.status == 501, !failure.message.isEmpty else {
            throw Broken("a request that is not understood is answered with \(failure.status) '\(failure.message)'")
        }
    }

    private static func request(_ input: [UInt8]) -> ServiceRequest? {
        let end = input.indices.first { $0 + 1 < input.count && input[$0] == 10 && input[$0 + 1] == 10 } ?? input.count
        var lines = String(decoding: input[..<end], as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map(String.init)
        let first = lines.removeFirst().split(separator: " ", maxSplits: 1).map(String.init)
        let target = (first.count > 1 ? first[1] : "/").split(
            separator: "?", maxSplits: 1, omittingEmptySubsequences: false
        ).map(String.init)
        guard let query = SigV4Request.query(target.count > 1 ? target[1] : "") else { return nil }
        let headers = lines.map { line -> (name: String, value: String) in
            let name = String(line.prefix { $0 != ":" })
            return (name.lowercased(), String(line.dropFirst(name.count + 1)).filter { $0 != " " })
        }
        return ServiceRequest(
            method: first.first ?? "GET", path: target.first ?? "/", query: query, headers: headers,
            body: Array(input[min(end + 2, input.count)...]))
    }
}
