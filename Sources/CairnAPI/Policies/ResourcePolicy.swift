import CairnFormat

/// Who besides an account's own principals may send to one of its channels: a policy document, checked (reference 10.13).
///
///     {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["111122223333"]},
///       "Action":"cloudtrail-data:PutAuditEvents","Resource":"arn:…:channel/…",
///       "Condition":{"StringEquals":{"cloudtrail:ExternalId":"uniq-42"}}}]}
struct ResourcePolicy: Sendable, Equatable {
    struct Statement: Sendable, Equatable {
        let isAllowed: Bool
        /// The accounts and the principals, by their ARNs, that are meant; nil: everybody.
        let principals: Set<String>?
        /// Nil: whatever the caller says.
        let externalID: String?
    }

    static let action = "cloudtrail-data:PutAuditEvents"
    private static let statementCountMax = 20
    private static let principalCountMax = 50
    private static let externalIDName = "cloudtrail:ExternalId"

    let statements: [Statement]

    /// - Parameter arn: the channel's.
    /// - Throws: `ResourcePolicyNotValidException`, which says what is amiss.
    init(_ text: String, of arn: String) throws(APIError) {
        let json: StrictJSON
        do throws(StrictJSON.Problem) { json = try StrictJSON.parse(Array(text.utf8)) } catch {
            throw Self.wrong("it is no JSON that every reader reads alike: \(error)")
        }
        guard case .object(let members) = json else { throw Self.wrong("expected an object, found \(json.kind)") }
        try Self.check(members, ["Version", "Id", "Statement"], "the policy")
        guard ["2012-10-17", "2008-10-17"].contains(json["Version"]?.text ?? "2008-10-17") else {
            throw Self.wrong("Version: expected 2012-10-17, found \(json["Version"]?.shown ?? "nothing")")
        }
        guard let list = Self.list(json["Statement"]), !list.isEmpty, list.count <= Self.statementCountMax else {
            throw Self.wrong("Statement: expected 1 to \(Self.statementCountMax) statements")
        }
        var statements: [Statement] = []
        for (i, statement) in list.enumerated() { statements.append(try Self.statement(statement, i, arn)) }
        self.statements = statements
    }

    /// Whether a caller may send. What is denied is denied, whatever else allows it.
    func allows(_ call: APICall, externalID: String?) -> Bool {
        let matching = matching(call, externalID)
        return !matching.isEmpty && matching.allSatisfy(\.isAllowed)
    }

    /// Whether a caller is kept from sending.
    func denies(_ call: APICall, externalID: String?) -> Bool {
        matching(call, externalID).contains { !$0.isAllowed }
    }

    private func matching(_ call: APICall, _ externalID: String?) -> [Statement] {
        statements.filter { statement in
            (statement.principals.map { $0.contains(call.account.description) || $0.contains(call.arn) } ?? true)
                && (statement.externalID == nil || statement.externalID == externalID)
        }
    }

    private static func statement(_ json: StrictJSON, _ i: Int, _ arn: String) throws(APIError) -> Statement {
        let place = "Statement[\(i)]"
        guard case .object(let members) = json else {
            throw wrong("\(place): expected an object, found \(json.kind)")
        }
        try check(members, ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"], place)
        guard let effect = json["Effect"]?.text, ["Allow", "Deny"].contains(effect) else {
            throw wrong("\(place).Effect: expected Allow or Deny, found \(json["Effect"]?.shown ?? "nothing")")
        }
        guard texts(json["Action"]) == [action] else {
            throw wrong("\(place).Action: expected \(action), found \(json["Action"]?.shown ?? "nothing")")
        }
        guard texts(json["Resource"]) == [arn] else {
            throw wrong("\(place).Resource: expected \(arn), found \(json["Resource"]?.shown ?? "nothing")")
        }
        return Statement(
            isAllowed: effect == "Allow", principals: try principals(json["Principal"], place),
            externalID: try externalID(json["Condition"], place))
    }

    private static func principals(_ json: StrictJSON?, _ place: String) throws(APIError) -> Set<String>? {
        guard let names = texts(json) ?? texts(json?["AWS"]), !names.isEmpty, names.count <= principalCountMax else {
            throw wrong("\(place).Principal: expected \"*\", or AWS with 1 to \(principalCountMax) accounts or ARNs")
        }
        if names == ["*"] { return nil }
        var principals: Set<String> = []
        for name in names {
            // An account by its id or by its root's ARN, or one user of it.
            let arn = try? ARN(name)
            guard let account = try? AccountID(arn?.account ?? name), arn == nil || arn?.service == "iam" else {
                throw wrong(
                    "\(place).Principal: expected account ids, arn:aws:iam::ACCOUNT:root or arn:aws:iam::ACCOUNT:user/NAME, "
                        + "found '\(name.prefix(200))'")
            }
            principals.insert(arn == nil || arn?.resource == "root" ? account.description : name)
        }
        return principals
    }

    private static func externalID(_ json: StrictJSON?, _ place: String) throws(APIError) -> String? {
        guard let json else { return nil }
        let known = "\(place).Condition: expected StringEquals of \(externalIDName), which is all that is compared here"
        guard case .object(let operators) = json, operators.count == 1, operators[0].name == "StringEquals",
            case .object(let names) = operators[0].value, names.count == 1,
            names[0].name.lowercased() == externalIDName.lowercased(), let values = texts(names[0].value),
            values.count == 1
        else { throw wrong(known) }
        return values[0]
    }

    /// One text, or a list of them; nil: neither.
    private static func texts(_ json: StrictJSON?) -> [String]? {
        if let text = json?.text { return [text] }
        guard let list = json?.list else { return nil }
        let texts = list.compactMap(\.text)
        return texts.count == list.count ? texts : nil
    }

    /// A list, or one that stands for a list of one.
    private static func list(_ json: StrictJSON?) -> [StrictJSON]? {
        guard let json, !json.isNull else { return nil }
        return json.list ?? [json]
    }

    private static func check(
        _ members: [(name: String, value: StrictJSON)], _ known: [String], _ place: String
    ) throws(APIError) {
        if let other = members.first(where: { !known.contains($0.name) }) {
            throw wrong(
                "\(place): '\(other.name.prefix(100))' means nothing here: known are \(known.joined(separator: ", "))")
        }
    }

    private static func wrong(_ reason: String) -> APIError {
        APIError(400, "ResourcePolicyNotValidException", "ResourcePolicy: \(reason)")
    }
}
