/// One thing that a validator found: the fact, its evidence and the next step.
package struct Finding: Sendable, Equatable {
    package let code: FindingCode
    /// `s3://BUCKET/KEY`, or what else it is about.
    package var object: String?
    package var account: String?
    package var region: String?
    /// The trail's name.
    package var trail: String?
    package var expected: String?
    package var found: String?
    /// For people.
    package var text: String

    init(
        _ code: FindingCode, _ object: String? = nil, lane: LaneName? = nil, expected: String? = nil,
        found: String? = nil, _ text: String
    ) {
        (self.code, self.object, self.expected, self.found, self.text) = (code, object, expected, found, text)
        (account, region, trail) = (lane?.account, lane?.region, lane?.trail)
    }

    /// The same with its lane named.
    func of(_ lane: LaneName) -> Finding {
        var finding = self
        (finding.account, finding.region, finding.trail) = (lane.account, lane.region, lane.trail)
        return finding
    }
}
