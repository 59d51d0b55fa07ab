/// An Amazon Resource Name: `arn:<partition>:<service>:<region>:<account>:<resource>`.
package struct ARN: Sendable, Hashable, CustomStringConvertible {
    package let partition: String
    package let service: String
    /// Empty for global resources.
    package let region: String
    /// Empty for resources without an account.
    package let account: String
    /// All that follows the fifth colon; never empty.
    package let resource: String

    package init(_ text: String) throws(FormatError) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        let printable = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
        guard parts.count == 6, parts[0] == "arn", !parts[1].isEmpty, !parts[2].isEmpty, !parts[5].isEmpty, printable,
            text.utf8.count <= 2_048, parts[4].isEmpty || AccountID(digits: parts[4].utf8) != nil || parts[4] == "aws"
        else {
            throw FormatError(
                meant: "an ARN", expected: "arn:<partition>:<service>:<region>:<account>:<resource>", found: text)
        }
        (partition, service, region, account, resource) = (parts[1], parts[2], parts[3], parts[4], parts[5])
    }

    package var description: String { "arn:\(partition):\(service):\(region):\(account):\(resource)" }
}
