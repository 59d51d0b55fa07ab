import CairnFormat
import FoundationEssentials

/// A call of the queue service, in either of SQS's protocols: JSON with the operation in a header, or a form with it in a field.
package struct QueueCall: Sendable {
    /// What a member holds, as far as calls of SQS have them.
    private enum Value: Decodable {
        case text(String)
        case number(Int)
        case flag(Bool)
        case list([Value])
        case object([String: Value])
        case null

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        var text: String? {
            switch self {
            case .text(let text): text
            case .number(let number): String(number)
            case .flag(let flag): String(flag)
            default: nil
            }
        }
    }

    private static let jsonPrefix = "AmazonSQS."

    package let operation: String
    /// Whether it came as a form, and is answered with XML.
    let isQuery: Bool
    private let members: [String: Value]
    private let fields: [String: String]

    package init(_ request: ServiceRequest) throws(ServiceFailure) {
        guard request.method == "POST" else {
            throw ServiceFailure(405, "InvalidAction", "queues take POST, found \(request.method)")
        }
        if let target = request.header("x-amz-target") {
            guard target.hasPrefix(Self.jsonPrefix) else {
                throw ServiceFailure(
                    400, "InvalidAction", "X-Amz-Target: expected AmazonSQS.OPERATION, found '\(target.prefix(64))'")
            }
            guard let members = try? JSONDecoder().decode([String: Value].self, from: Data(request.body)) else {
                throw ServiceFailure(400, "MalformedInput", "the body is no JSON object")
            }
            (operation, isQuery, self.members, fields) = (
                String(target.dropFirst(Self.jsonPrefix.count)), false, members, [:]
            )
            return
        }
        let text = String(decoding: request.body, as: UTF8.self).split(separator: "+", omittingEmptySubsequences: false)
            .joined(separator: "%20")
        guard let pairs = SigV4Request.query(text) else {
            throw ServiceFailure(400, "MalformedQueryString", "the form is not UTF-8")
        }
        let fields = Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        guard let action = fields["Action"] else {
            throw ServiceFailure(400, "MissingAction", "expected X-Amz-Target, or a form with the field Action")
        }
        var known = fields
        // Older clients name the queue in the path alone.
        if known["QueueUrl"] == nil, request.path.split(separator: "/").count == 2 { known["QueueUrl"] = request.path }
        (operation, isQuery, members, self.fields) = (action, true, [:], known)
    }

    func text(_ name: String) -> String? { isQuery ? fields[name] : members[name]?.text }

    func required(_ name: String) throws(ServiceFailure) -> String {
        guard let text = text(name), !text.isEmpty else {
            throw ServiceFailure(400, "MissingParameter", "\(name): expected a value, found none")
        }
        return text
    }

    package func number(_ name: String, in range: ClosedRange<Int>) throws(ServiceFailure) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw ServiceFailure(
                400, "InvalidParameterValue",
                "\(name): expected a number from \(range.lowerBound) to \(range.upperBound), found '\(text.prefix(32))'"
            )
        }
        return number
    }

    /// Names in a list: `AttributeNames`, or `AttributeName.1` in a form.
    func names(_ name: String) -> [String] {
        if isQuery {
            let single = name.hasSuffix("s") ? String(name.dropLast()) : name
            return fields.filter { $0.key == single || $0.key.hasPrefix(single + ".") }.sorted { $0.key < $1.key }.map(
                \.value)
        }
        guard case .list(let list)? = members[name] else { return [] }
        return list.compactMap(\.text)
    }

    /// The entries of a batch.
    ///
    /// - Parameter form: what they are called in a form.
    package func entries(_ form: String) throws(ServiceFailure) -> [[String: String]] {
        var entries: [[String: String]] = []
        if isQuery {
            for number in 1...11 {
                let prefix = "\(form).\(number)."
                let entry = fields.filter { $0.key.hasPrefix(prefix) }
                if entry.isEmpty { break }
                entries.append(
                    Dictionary(uniqueKeysWithValues: entry.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
            }
        } else if case .list(let list)? = members["Entries"] {
            for case .object(let object) in list { entries.append(object.compactMapValues(\.text)) }
        }
        guard !entries.isEmpty else {
            throw ServiceFailure(400, "AWS.SimpleQueueService.EmptyBatchRequest", "the batch has no entries")
        }
        guard entries.count <= 10 else {
            throw ServiceFailure(
                400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest", "a batch has at most 10 entries")
        }
        guard entries.allSatisfy({ $0["Id"] != nil }), Set(entries.map { $0["Id"] }).count == entries.count else {
            throw ServiceFailure(
                400, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", "each entry of a batch has an Id of its own")
        }
        return entries
    }
}
