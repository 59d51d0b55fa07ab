import CairnNative

/// Where the frames of a segment stand, by the shape that ARCHITECTURE.md gives them.
struct LogFrames {
    struct Place {
        var sequence: UInt64
        var bytes: Range<Int>
    }

    private(set) var places: [Place] = []

    init(_ bytes: [UInt8]) {
        var at = 80
        while at + 88 <= bytes.count, bytes[at..<at + 4].elementsEqual("FRM2".utf8) {
            let end = at + 72 + Int(bytes.number(at: at + 4, as: UInt32.self)) + 16
            guard end <= bytes.count else { return }
            places.append(Place(sequence: bytes.number(at: at + 16), bytes: at..<end))
            at = end
        }
    }

    /// The ids of all events in a text.
    static func ids(in text: String) -> [String] {
        text.split(separator: "\"eventID\":\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }
}
