import CairnFormat

/// A digest as its name tells of it.
struct DigestObject {
    /// What the names of one chain's digests have in common.
    let series: String
    /// The end of its interval, as the name writes it: later ones sort behind earlier ones.
    let end: String

    /// The trail's name.
    var trail: String { String(series.split(separator: "_").dropFirst(3).first ?? "") }

    static func `is`(_ key: ObjectKey) -> Bool { key.text.contains("/CloudTrail-Digest/") }

    init(_ key: ObjectKey) {
        let name = key.text.split(separator: "/").last ?? ""
        let place = name.lastIndex(of: "_") ?? name.startIndex
        (series, end) = (String(name[..<place]), String(name[place...]))
    }

    init(_ digest: DigestBody.Previous) { self.init(digest.key) }
}
