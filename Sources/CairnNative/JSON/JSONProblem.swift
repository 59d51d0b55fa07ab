/// Why some bytes are no acceptable JSON event. Offsets count bytes from the event's first.
package indirect enum JSONProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case empty
    case grammar(offset: Int, reason: String)
    case notUTF8(offset: Int)
    case tooDeep(offset: Int)
    case notAnObject
    case repeatedName(String)
    case surrogateInName(offset: Int)
    case noMemory

    package var description: String {
        switch self {
        case .empty: "expected a JSON object, found nothing"
        case .grammar(let offset, let reason): "not JSON at byte \(offset): \(reason)"
        case .notUTF8(let offset): "not UTF-8 at byte \(offset): JSON text must be UTF-8 (RFC 8259, section 8.1)"
        case .tooDeep(let offset): "nested deeper than \(JSONReader.depthMax) at byte \(offset)"
        case .notAnObject: "expected a JSON object, found another JSON value"
        case .repeatedName(let name):
            "the name '\(name)' stands twice in one object: readers would disagree which value counts; send it once"
        case .surrogateInName(let offset): "a name holds half a surrogate pair at byte \(offset)"
        case .noMemory: "no memory to read the event"
        }
    }
}
