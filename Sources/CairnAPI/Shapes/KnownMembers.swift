import CairnFormat

/// What of a request an operation knows: members that are not in the service model are neither seen by what it does nor recorded.
enum KnownMembers {
    /// - Parameter renamed: whether members get the names that records have; the keys of maps are data and keep theirs.
    static func of(_ json: StrictJSON, _ members: [Member], renamed: Bool = false) -> StrictJSON {
        guard case .object = json else { return json }
        return .object(
            members.compactMap { member in
                json[member.name].map {
                    (renamed ? ShapeCheck.camel(member.name) : member.name, value($0, member.shape, renamed))
                }
            })
    }

    private static func value(_ json: StrictJSON, _ shape: Shape, _ renamed: Bool) -> StrictJSON {
        switch (shape, json) {
        case (.structure(let members), .object): of(json, members, renamed: renamed)
        case (.list(let element, _), .array(let list)): .array(list.map { value($0, element, renamed) })
        default: json
        }
    }
}
