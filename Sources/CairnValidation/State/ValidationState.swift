package import CairnFormat
package import CairnNative

/// What runs remember of lanes: the newest digest that held, which must still be there the next time.
package struct ValidationState: Sendable, Equatable {
    /// The newest digest of a lane that was validated.
    package struct Head: Sendable, Equatable {
        package let object: String
        package let end: EventTime
        package let hash: SHA256Hash
        /// Whether logging was stopped behind it, as events said that need not be looked at again.
        package var isEnded = false
    }

    /// Why a file is not taken for a state.
    package struct Unreadable: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    package var heads: [LaneName: Head] = [:]

    package init() {}

    package init(_ json: [UInt8]) throws(Unreadable) {
        let tree: StrictJSON
        do throws(StrictJSON.Problem) { tree = try StrictJSON.parse(json, countMax: 8_000_000) } catch {
            throw Unreadable(description: "\(error)")
        }
        guard tree["format"]?.int == 1, let lanes = tree["lanes"]?.list else {
            throw Unreadable(description: "it is no state of format 1")
        }
        for lane in lanes {
            guard let account = lane["account"]?.text, let region = lane["region"]?.text,
                let trail = lane["trail"]?.text,
                let home = lane["home"]?.text, let object = lane["object"]?.text,
                let end = lane["end"]?.text.flatMap({ EventTime(iso8601: Array($0.utf8)) }),
                let hash = lane["sha256"]?.text.flatMap({ SHA256Hash(hex: $0) })
            else { throw Unreadable(description: "a lane is not whole") }
            let name = LaneName(
                organization: lane["organization"]?.text, account: account, region: region, trail: trail, home: home)
            heads[name] = Head(object: object, end: end, hash: hash, isEnded: lane["ended"] == .bool(true))
        }
    }

    package var json: [UInt8] {
        let lanes = heads.sorted { $0.key < $1.key }.map { lane, head in
            let organization = lane.organization.map { [("organization", $0)] } ?? []
            let members =
                organization + [
                    ("account", lane.account), ("region", lane.region), ("trail", lane.trail), ("home", lane.home),
                    ("object", head.object), ("end", head.end.iso8601), ("sha256", head.hash.hex),
                ]
            return "{" + members.map { "\"\($0.0)\":\(JSONText.quoted($0.1))" }.joined(separator: ",")
                + (head.isEnded ? ",\"ended\":true" : "") + "}"
        }
        return Array("{\"format\":1,\"lanes\":[\n\(lanes.joined(separator: ",\n"))\n]}\n".utf8)
    }
}
