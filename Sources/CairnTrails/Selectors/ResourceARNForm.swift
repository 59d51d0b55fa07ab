import CairnFormat

/// How the ARNs of a resource type look, for values that must be whole ARNs: the second table of reference 7.6.
///
/// The forms are written as the reference writes them. `<p>` is a partition, `<region>` a Region, `<acct>` an account
/// id; `<path>` may be empty or hold slashes, `<id>` and `<datetime>` may hold colons, all else holds neither.
enum ResourceARNForm {
    /// What is expected instead of `value`; nil if it has the form of its type, or none is known and it is an ARN.
    static func objection(to value: String, resourceType: String) -> String? {
        guard let forms = byType[resourceType] else {
            return value.utf8.starts(with: "arn:".utf8) ? nil : "a whole ARN; give parts of ARNs to StartsWith"
        }
        if let arn = try? ARN(value), forms.contains(where: { matches(arn, $0) }) { return nil }
        return forms.joined(separator: " or ") + "; give parts of ARNs to StartsWith"
    }

    static let byType: [String: [String]] = [
        "AWS::S3::Object": ["arn:<p>:s3:::<bucket>/<path>"],
        "AWS::S3::AccessPoint": [
            "arn:<p>:s3:<region>:<acct>:accesspoint/<name>",
            "arn:<p>:s3:<region>:<acct>:accesspoint/<name>/object/<path>",
        ],
        "AWS::S3ObjectLambda::AccessPoint": ["arn:<p>:s3-object-lambda:<region>:<acct>:accesspoint/<name>"],
        "AWS::S3Outposts::Object": ["arn:<p>:s3-outposts:<region>:<acct>:<path>"],
        "AWS::Lambda::Function": ["arn:<p>:lambda:<region>:<acct>:function:<name>"],
        "AWS::DynamoDB::Table": ["arn:<p>:dynamodb:<region>:<acct>:table/<table>"],
        "AWS::DynamoDB::Stream": ["arn:<p>:dynamodb:<region>:<acct>:table/<table>/stream/<datetime>"],
        "AWS::CloudTrail::Channel": ["arn:<p>:cloudtrail:<region>:<acct>:channel/<uuid>"],
        "AWS::ManagedBlockchain::Node": ["arn:<p>:managedblockchain:<region>:<acct>:nodes/<id>"],
        "AWS::ManagedBlockchain::Network": ["arn:<p>:managedblockchain:::networks/<name>"],
        "AWS::EC2::Snapshot": ["arn:<p>:ec2:<region>::snapshot/<id>"],
        "AWS::Glue::Table": ["arn:<p>:glue:<region>:<acct>:table/<db>/<table>"],
        "AWS::FinSpace::Environment": ["arn:<p>:finspace:<region>:<acct>:environment/<id>"],
        "AWS::SageMaker::ExperimentTrialComponent": [
            "arn:<p>:sagemaker:<region>:<acct>:experiment-trial-component/<name>"
        ],
        "AWS::SageMaker::FeatureGroup": ["arn:<p>:sagemaker:<region>:<acct>:feature-group/<name>"],
        "AWS::Cognito::IdentityPool": ["arn:<p>:cognito-identity:<region>:<acct>:identitypool/<id>"],
        "AWS::GuardDuty::Detector": ["arn:<p>:guardduty:<region>:<acct>:detector/<id>"],
        "AWS::KendraRanking::ExecutionPlan": ["arn:<p>:kendra-ranking:<region>:<acct>:rescore-execution-plan/<id>"],
        "AWS::SNS::Topic": ["arn:<p>:sns:<region>:<acct>:<topic>"],
        "AWS::SNS::PlatformEndpoint": ["arn:<p>:sns:<region>:<acct>:endpoint/<type>/<app>/<id>"],
        "AWS::SQS::Queue": ["arn:<p>:sqs:<region>:<acct>:<queue>"],
        "AWS::VerifiedPermissions::PolicyStore": ["arn:<p>:verifiedpermissions:<region>:<acct>:policy-store/<id>"],
    ]

    /// Whether `arn` has the form, part by part.
    private static func matches(_ arn: ARN, _ form: String) -> Bool {
        let parts = form.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        let isPlaceRight =
            (parts[3].isEmpty ? arn.region.isEmpty : (try? Region(arn.region)) != nil)
            && (parts[4].isEmpty ? arn.account.isEmpty : AccountID(digits: arn.account.utf8) != nil)
        guard isPartition(arn.partition), arn.service == parts[2], isPlaceRight else { return false }
        return matches(resource: arn.resource, parts[5])
    }

    /// A partition's name: `aws`, `aws-cn`, `aws-us-gov` and those of closed clouds.
    static func isPartition(_ text: String) -> Bool { text == "aws" || text.utf8.starts(with: "aws-".utf8) }

    private static func matches(resource: String, _ form: Substring) -> Bool {
        var wanted = form.split(separator: "/", omittingEmptySubsequences: false)
        var found = resource.split(separator: "/", omittingEmptySubsequences: false)
        if wanted.last == "<path>" {
            wanted.removeLast()
            guard found.count > wanted.count || wanted.isEmpty else { return false }
            found.removeSubrange(wanted.count...)
        }
        return wanted.count == found.count && zip(wanted, found).allSatisfy { matches(part: $1, $0) }
    }

    private static func matches(part: Substring, _ form: Substring) -> Bool {
        guard let open = form.firstIndex(of: "<") else { return part == form }
        let fixed = form[..<open]
        let rest = part.dropFirst(fixed.count)
        guard part.utf8.starts(with: fixed.utf8), !rest.isEmpty else { return false }
        return form[open...] == "<id>" || form[open...] == "<datetime>" || !rest.utf8.contains(UInt8(ascii: ":"))
    }
}
