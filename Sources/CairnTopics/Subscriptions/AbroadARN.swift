package import CairnFormat

/// The ARN of an SNS topic or an SQS queue.
package struct AbroadARN: Sendable, Hashable, CustomStringConvertible {
    /// `sns` or `sqs`.
    package let service: String
    package let region: Region
    package let account: AccountID
    package let name: String
    package let description: String

    /// Nil when it is something else.
    package init?(_ text: String) {
        guard let arn = try? ARN(text), ["sns", "sqs"].contains(arn.service), let region = try? Region(arn.region),
            let account = try? AccountID(arn.account)
        else { return nil }
        let plain = arn.resource.hasSuffix(Self.fifoSuffix) ? String(arn.resource.dropLast(5)) : arn.resource
        guard (try? TopicName(plain)) != nil, arn.resource.utf8.count <= (arn.service == "sns" ? 256 : 80) else {
            return nil
        }
        (service, self.region, self.account, name, description) = (arn.service, region, account, arn.resource, text)
    }

    private static let fifoSuffix = ".fifo"

    /// Whether it keeps the order within a group, and forgets what comes twice.
    package var isFIFO: Bool { name.hasSuffix(Self.fifoSuffix) }
}
