/// The services whose calls through VPC endpoints can be logged as network activity events (reference 7.6, 7.8).
package enum NetworkActivitySources {
    /// Every source, such as `kms.amazonaws.com`.
    package static let all: Set<String> = Set(services.map { $0 + ".amazonaws.com" })

    /// The first parts of the sources' names.
    package static let services: [String] = [
        "aco-automation", "appconfig", "application-signals", "appmesh", "athena", "b2bi", "backup-gateway",
        "bcm-data-exports", "bcm-pricing-calculator", "bedrock", "bedrock-agentcore", "billing", "cassandra", "ce",
        "cloudcontrolapi", "cloudformation", "cloudhsm", "cloudoptimization", "cloudtrail", "codedeploy", "comprehend",
        "comprehendmedical", "config", "ds", "dynamodb", "ec2", "ecs", "elasticfilesystem", "elasticloadbalancing",
        "events", "firehose", "frauddetector", "freetier", "fsx", "glue", "healthlake", "invoicing", "iot",
        "iotfleetwise", "iotsecuredtunneling", "kms", "lakeformation", "lambda", "license-manager", "lookoutequipment",
        "lookoutvision", "monitoring", "nova-act", "personalize", "qbusiness", "rds", "rekognition", "rolesanywhere",
        "s3", "sagemaker", "scheduler", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "ssm-contacts",
        "storagegateway", "swf", "textract", "transcribe", "transcribestreaming", "transform", "transform-agents",
        "transform-custom", "translate", "user-subscriptions", "verifiedpermissions", "voiceid", "workmail",
        "workmailmessageflow",
    ]
}
