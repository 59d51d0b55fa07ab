import CairnTrails
import Testing

@Suite("A whole ARN in resources.ARN (reference 7.6)")
struct ResourceARNFormTests {
    private static let acct = "us-east-2:111122223333"

    /// For each type ARNs that have its form.
    static let good: [(type: String, arn: String)] = [
        ("AWS::S3::Object", "arn:aws:s3:::bucket/"),
        ("AWS::S3::Object", "arn:aws-cn:s3:::bucket/a/b:c//d"),
        ("AWS::S3::AccessPoint", "arn:aws:s3:\(acct):accesspoint/name"),
        ("AWS::S3::AccessPoint", "arn:aws:s3:\(acct):accesspoint/name/object/a/b"),
        ("AWS::S3ObjectLambda::AccessPoint", "arn:aws:s3-object-lambda:\(acct):accesspoint/name"),
        ("AWS::S3Outposts::Object", "arn:aws:s3-outposts:\(acct):outpost/op-1/bucket/b/object/k"),
        ("AWS::Lambda::Function", "arn:aws:lambda:\(acct):function:name"),
        ("AWS::DynamoDB::Table", "arn:aws:dynamodb:\(acct):table/Orders"),
        ("AWS::DynamoDB::Stream", "arn:aws:dynamodb:\(acct):table/Orders/stream/2026-05-11T21:21:33.291"),
        ("AWS::CloudTrail::Channel", "arn:aws:cloudtrail:\(acct):channel/01234567890-abc"),
        ("AWS::ManagedBlockchain::Node", "arn:aws:managedblockchain:\(acct):nodes/nd-1"),
        ("AWS::ManagedBlockchain::Network", "arn:aws:managedblockchain:::networks/n-ethereum-mainnet"),
        ("AWS::EC2::Snapshot", "arn:aws:ec2:us-east-2::snapshot/snap-1"),
        ("AWS::Glue::Table", "arn:aws:glue:\(acct):table/db/table"),
        ("AWS::FinSpace::Environment", "arn:aws:finspace:\(acct):environment/e1"),
        ("AWS::SageMaker::ExperimentTrialComponent", "arn:aws:sagemaker:\(acct):experiment-trial-component/c"),
        ("AWS::SageMaker::FeatureGroup", "arn:aws:sagemaker:\(acct):feature-group/g"),
        ("AWS::Cognito::IdentityPool", "arn:aws:cognito-identity:\(acct):identitypool/us-east-2:0123-45"),
        ("AWS::GuardDuty::Detector", "arn:aws:guardduty:\(acct):detector/d1"),
        ("AWS::KendraRanking::ExecutionPlan", "arn:aws:kendra-ranking:\(acct):rescore-execution-plan/p1"),
        ("AWS::SNS::Topic", "arn:aws:sns:\(acct):topic"),
        ("AWS::SNS::PlatformEndpoint", "arn:aws:sns:\(acct):endpoint/GCM/app/1-2-3"),
        ("AWS::SQS::Queue", "arn:aws:sqs:\(acct):queue.fifo"),
        ("AWS::VerifiedPermissions::PolicyStore", "arn:aws:verifiedpermissions:\(acct):policy-store/p1"),
        ("AWS::XRay::Trace", "arn:whatever"),
    ]

    static let bad: [(type: String, arn: String)] = [
        ("AWS::S3::Object", "arn:aws:s3:::bucket"),
        ("AWS::S3::Object", "arn:aws:s3"),
        ("AWS::S3::Object", "arn:aws:s3:us-east-1:111122223333:bucket/key"),
        ("AWS::S3::Object", "bucket/key"),
        ("AWS::S3::AccessPoint", "arn:aws:s3:\(acct):accesspoint/name/objects/a"),
        ("AWS::S3::AccessPoint", "arn:aws:s3:::accesspoint/name"),
        ("AWS::S3ObjectLambda::AccessPoint", "arn:aws:s3-object-lambda:\(acct):accesspoint/name/object/k"),
        ("AWS::Lambda::Function", "arn:aws:lambda:\(acct):function:name:prod"),
        ("AWS::DynamoDB::Table", "arn:aws:dynamodb:\(acct):table/Orders/stream/x"),
        ("AWS::DynamoDB::Table", "arn:aws:dynamodb:\(acct):Orders"),
        ("AWS::DynamoDB::Stream", "arn:aws:dynamodb:\(acct):table/Orders"),
        ("AWS::EC2::Snapshot", "arn:aws:ec2:\(acct):snapshot/snap-1"),
        ("AWS::Glue::Table", "arn:aws:glue:\(acct):table/db"),
        ("AWS::SNS::PlatformEndpoint", "arn:aws:sns:\(acct):topic"),
        ("AWS::SNS::Topic", "arn:aws:sns:\(acct):topic:subscription"),
        ("AWS::SQS::Queue", "arn:aws:sns:\(acct):queue"),
        ("AWS::SQS::Queue", "arn:aws:sqs:us-east-2:1111:queue"),
        ("AWS::SQS::Queue", "arn:gcp:sqs:\(acct):queue"),
        ("AWS::XRay::Trace", "trace/1"),
    ]

    @Test("is taken by all operators if it has the form of its type", arguments: good)
    func form(type: String, arn: String) {
        for comparison in SelectorOperator.allCases {
            #expect(Selectors.data(type, FieldSelector(.resourcesARN, [comparison: [arn]])).objection == nil)
        }
    }

    @Test("is refused by Equals and NotEquals if it hasn't; the others take any part of an ARN", arguments: bad)
    func otherForm(type: String, arn: String) {
        for comparison in SelectorOperator.allCases {
            let error = Selectors.data(type, FieldSelector(.resourcesARN, [comparison: [arn]])).objection
            guard comparison == .equals || comparison == .notEquals else {
                #expect(error == nil)
                continue
            }
            #expect(error?.code == "InvalidEventSelectorsException")
            #expect(error?.field == "AdvancedEventSelectors[0].resources.ARN.\(comparison.rawValue)")
        }
    }
}
