package import CairnFormat
import CairnLog

/// What the door says of a request: how many events are durable now, and which were refused and why.
package struct DoorAnswer: Sendable, Equatable {
    /// An event that was refused, by its place in the request, from 0.
    package struct Refused: Sendable, Equatable {
        package var index: Int
        package var refusal: EventRefusal
    }

    /// The most refusals that an answer spells out; the rest are only counted.
    package static let refusedCountMax = 10_000

    package var accepted = 0
    package var duplicates = 0
    package var conflicts = 0
    package var refusedCount = 0
    package var refused: [Refused] = []

    mutating func refuse(_ index: Int, _ refusal: EventRefusal) {
        refusedCount += 1
        if refused.count < Self.refusedCountMax { refused.append(Refused(index: index, refusal: refusal)) }
    }

    /// As JSON: `{"accepted":…,"duplicates":…,"conflicts":…,"refusedCount":…,"refused":[{"index":…,"code":…,"field":…,
    /// "expected":…,"found":…}]}`. Accepted counts duplicates and conflicts in.
    package var json: String {
        let list = refused.map { item in
            let field = item.refusal.field.map { "\"field\":\(JSONText.quoted($0))," } ?? ""
            return "{\"index\":\(item.index),\"code\":\"\(item.refusal.code.rawValue)\",\(field)"
                + "\"expected\":\(JSONText.quoted(item.refusal.expected)),\"found\":\(JSONText.quoted(item.refusal.found))}"
        }
        return "{\"accepted\":\(accepted),\"duplicates\":\(duplicates),\"conflicts\":\(conflicts),"
            + "\"refusedCount\":\(refusedCount),\"refused\":[\(list.joined(separator: ","))]}"
    }
}
