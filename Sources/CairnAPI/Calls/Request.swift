import CairnFormat
import CairnSystem

/// The members of a request whose shape has been checked: each is of the kind that the service model says, or not there.
///
/// What is null counts as not there.
struct Request: Sendable {
    let json: StrictJSON

    static let empty = Request(json: .object([]))

    private func member(_ name: String) -> StrictJSON? { json[name].flatMap { $0.isNull ? nil : $0 } }

    func has(_ name: String) -> Bool { member(name) != nil }

    func text(_ name: String) -> String? { member(name)?.text }

    /// A text that the model requires.
    func required(_ name: String) -> String {
        guard let text = text(name) else { preconditionFailure("\(name) is required by its operation's members") }
        return text
    }

    func flag(_ name: String) -> Bool? { if case .bool(let flag)? = member(name) { flag } else { nil } }

    func integer(_ name: String) -> Int? { member(name)?.int }

    /// Seconds since 1970, whole or not; to the millisecond.
    func time(_ name: String) -> Timestamp? {
        guard case .number(let text)? = member(name), let seconds = Double(text) else { return nil }
        return Timestamp(milliseconds: Int64((seconds * 1_000).rounded()))
    }

    func texts(_ name: String) -> [String]? { member(name)?.list?.compactMap(\.text) }

    /// The structures of a list.
    func requests(_ name: String) -> [Request]? { member(name)?.list?.map(Request.init) }
}
