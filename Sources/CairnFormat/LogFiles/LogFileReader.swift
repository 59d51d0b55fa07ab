package import CairnNative

/// Reads log files strictly: one gzip member and nothing else, one object with `Records` and nothing else.
///
/// Delivery reads back with it what stands at a name, and so does whoever shows or validates files.
package enum LogFileReader {
    /// Why a log file is not acceptable.
    package enum Problem: Error, Equatable, Sendable, CustomStringConvertible {
        case gzip(GzipProblem)
        case body(JSONProblem)
        case notRecords

        package var description: String {
            switch self {
            case .gzip(let problem): problem.description
            case .body(let problem): problem.description
            case .notRecords: "expected {\"Records\":[…]}, found another JSON text"
            }
        }
    }

    /// An open log file: the uncompressed body and where each record stands in it.
    package struct Records: Sendable {
        package let body: [UInt8]
        package let ranges: [Range<Int>]

        /// One record's bytes.
        package func record(_ index: Int) -> [UInt8] { Array(body[ranges[index]]) }
    }

    /// - Parameter limit: the largest uncompressed body to allow, in bytes.
    package static func read(_ file: [UInt8], limit: Int = RecordsBody.byteCountMax) throws(Problem) -> Records {
        let body: [UInt8]
        do throws(GzipProblem) { body = try Gunzip.member(file, limit: limit) } catch { throw .gzip(error) }
        return try records(ofBody: body)
    }

    /// The records of an uncompressed body, each an object that is validated as the door validates events.
    package static func records(ofBody body: [UInt8]) throws(Problem) -> Records {
        guard body.first == UInt8(ascii: "{"), var elements = JSONElements(body, count: body.count) else {
            throw .notRecords
        }
        var ranges: [Range<Int>] = []
        do throws(JSONProblem) {
            while let range = try elements.next(body) { ranges.append(range) }
            // One by one: a record may be as deep as the door allows, and in the body it stands two levels deeper.
            let reader = JSONReader()
            let padded = body + [UInt8](repeating: 0, count: JSONReader.padding)
            for range in ranges {
                guard body[range.lowerBound] == UInt8(ascii: "{") else { throw .notAnObject }
                try reader.check(padded, range)
            }
        } catch { throw .body(error) }
        return Records(body: body, ranges: ranges)
    }
}
