import CairnFormat
import CairnNative
import CairnTrails
import CairnValidation
import FoundationEssentials

extension FuzzTarget {
    /// A name is what it was read from, or none.
    static let names = FuzzTarget(name: "names") { (input) throws(Broken) in
        let text = String(decoding: input, as: UTF8.self)
        func keeps(_ found: (some CustomStringConvertible)?, _ kind: String) throws(Broken) {
            if let found, !found.description.utf8.elementsEqual(text.utf8) {
                throw Broken("the \(kind) '\(text)' is '\(found)'")
            }
        }
        try keeps(try? AccountID(text), "account")
        try keeps(try? Region(text), "Region")
        try keeps((try? BucketName(text))?.text, "bucket")
        try keeps((try? ObjectKey(text))?.text, "key")
        try keeps((try? KeyPrefix(text))?.text, "prefix")
        try keeps((try? TrailName(text))?.text, "trail")
        try keeps((try? UniqueID(text))?.text, "id")
        try keeps((try? OrganizationID(text))?.text, "organization")
        try keeps(try? KeyARN(text), "key's ARN")
        _ = try? ARN(text)
        if let time = EventTime(iso8601: input), time.iso8601 != text { throw Broken("the time '\(text)' is \(time)") }
        if let key = try? ObjectKey(text) { _ = LogFilePlace(key) }
        if let name = DigestFileName(text, organization: nil, account: "111122223333", region: "us-east-1") {
            try keeps(DigestFileName.text(name.lane, end: name.end, isBackfill: name.isBackfill) as String?, "digest")
        }
    }

    /// Selectors that are taken are the same when they are written and read again.
    static let selectors = FuzzTarget(name: "selectors") { (input) throws(Broken) in
        guard let selectors = try? Selectors(json: input) else { return }
        guard let text = try? JSONEncoder().encode(selectors), let again = try? Selectors(json: Array(text)) else {
            throw Broken("selectors that were taken are refused when they come again")
        }
        guard again == selectors else { throw Broken("selectors are others when they come again") }
    }
}
