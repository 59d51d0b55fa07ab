import CairnFormat

/// What the queue service answers: members that are written as JSON or as XML, as the call came.
indirect enum QueueAnswer: Sendable {
    case text(String)
    case flag(Bool)
    /// - Parameter element: what each is called in XML, where lists are flat.
    case list([QueueAnswer], element: String)
    /// In the order given.
    case object([(name: String, value: QueueAnswer)])
    /// Names and values that are data: an object in JSON, a list of pairs in XML.
    case map([(name: String, value: String)], element: String)

    var json: String {
        switch self {
        case .text(let text): JSONText.quoted(text)
        case .flag(let flag): String(flag)
        case .list(let list, _): "[\(list.map(\.json).joined(separator: ","))]"
        case .object(let members):
            "{\(members.map { "\(JSONText.quoted($0.name)):\($0.value.json)" }.joined(separator: ","))}"
        case .map(let pairs, _):
            "{\(pairs.map { "\(JSONText.quoted($0.name)):\(JSONText.quoted($0.value))" }.joined(separator: ","))}"
        }
    }

    /// The elements of the members of an object.
    var xml: String {
        guard case .object(let members) = self else { return "" }
        return members.map { Self.xml($0.name, $0.value) }.joined()
    }

    private static func xml(_ name: String, _ value: QueueAnswer) -> String {
        switch value {
        case .text(let text): "<\(name)>\(ObjectDocument.escaped(text))</\(name)>"
        case .flag(let flag): "<\(name)>\(flag)</\(name)>"
        case .list(let list, let element): list.map { xml(element, $0) }.joined()
        case .object: "<\(name)>\(value.xml)</\(name)>"
        case .map(let pairs, let element):
            pairs.map {
                "<\(element)><Name>\(ObjectDocument.escaped($0.name))</Name><Value>\(ObjectDocument.escaped($0.value))</Value></\(element)>"
            }.joined()
        }
    }
}
