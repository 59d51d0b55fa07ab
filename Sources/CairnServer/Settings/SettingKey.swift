/// The settings of a node: each is a flag, an environment variable and a key of the configuration file.
package enum SettingKey: String, CaseIterable, Sendable {
    case data
    case listen
    case adminListen = "admin-listen"
    case tlsCert = "tls-cert"
    case tlsKey = "tls-key"
    case tlsBehindProxy = "tls-behind-proxy"
    case rootKey = "root-key"
    case insecureRoot = "insecure-root"
    case kmsEndpoint = "kms-endpoint"
    case s3Buckets = "s3-buckets"
    case s3Endpoint = "s3-endpoint"
    case s3Region = "s3-region"
    case s3PathStyle = "s3-path-style"
    case s3Puts = "s3-puts"
    case s3Lists = "s3-lists"
    case s3BucketOwner = "s3-bucket-owner"
    case s3AuthorityFile = "s3-ca-file"
    case snsEndpoint = "sns-endpoint"
    case sqsEndpoint = "sqs-endpoint"
    case logsEndpoint = "logs-endpoint"
    case eventsEndpoint = "events-endpoint"
    case topicAuthorityFile = "topic-ca-file"
    case webhookHosts = "webhook-hosts"
    case requireMemoryLock = "require-mlock"
    case keyPeriod = "key-period"
    case partitions
    case account
    case region
    case regions
    case cutAge = "cut-age"
    case cutBytes = "cut-bytes"
    case digestPeriod = "digest-period"
    case historyDays = "history-days"
    case compression
    case memory
    case requestMemory = "request-memory"
    case presignedMax = "presigned-max"
    case patience
    case logBytes = "log-bytes"
    case diskReserve = "disk-reserve"
    case segmentBytes = "segment-bytes"
    case dedupeWindow = "dedupe-window"
    case dedupeEvents = "dedupe-events"
    case logLevel = "log-level"

    /// The flag, such as `--cut-age`.
    package var flag: String { "--\(rawValue)" }
    /// The environment variable, such as `CAIRN_CUT_AGE`.
    package var variable: String {
        "CAIRN_" + rawValue.uppercased().map { $0 == "-" ? "_" : $0 }.map(String.init).joined()
    }

    /// What is in force when nobody says otherwise.
    package var standard: String {
        switch self {
        case .data: "cairn-data"
        case .listen: "127.0.0.1:4740"
        case .adminListen, .tlsCert, .tlsKey, .rootKey, .kmsEndpoint, .regions, .s3Buckets, .s3Region, .s3BucketOwner,
            .s3AuthorityFile, .topicAuthorityFile, .webhookHosts:
            ""
        case .s3Endpoint: "https://s3.{region}.amazonaws.com"
        case .snsEndpoint: "https://sns.{region}.amazonaws.com"
        case .sqsEndpoint: "https://sqs.{region}.amazonaws.com"
        case .logsEndpoint: "https://logs.{region}.amazonaws.com"
        case .eventsEndpoint: "https://events.{region}.amazonaws.com"
        case .s3PathStyle: "false"
        case .s3Puts: "conditional"
        case .s3Lists: "v2"
        case .tlsBehindProxy, .insecureRoot, .requireMemoryLock: "false"
        case .keyPeriod: "month"
        case .partitions: "4"
        case .account: "111122223333"
        case .region: "us-east-1"
        case .cutAge: "60s"
        case .cutBytes: "32MiB"
        case .digestPeriod: "1h"
        case .historyDays: "90"
        case .compression: "balanced"
        case .memory: "128MiB"
        case .requestMemory: "256MiB"
        case .presignedMax: "1h"
        case .patience: "30s"
        case .logBytes: "8GiB"
        case .diskReserve: "256MiB"
        case .segmentBytes: "64MiB"
        case .dedupeWindow: "10m"
        case .dedupeEvents: "2000000"
        case .logLevel: "info"
        }
    }

    /// What it means, for `--help` and `cairn config`.
    package var meaning: String {
        switch self {
        case .data: "the data directory"
        case .listen: "where producers send events, HOST:PORT; loopback unless TLS is set up"
        case .adminListen: "metrics and health without a token, HOST:PORT; empty: off"
        case .tlsCert: "certificate chain of the door, PEM"
        case .tlsKey: "private key of the door, PEM"
        case .tlsBehindProxy: "true: a proxy before the door speaks TLS"
        case .rootKey:
            "where the root key comes from: file:PATH, credential:NAME, passphrase, passphrase:PATH, env:NAME or kms:ARN; empty: "
                + "file:DATA/root.key"
        case .insecureRoot: "true: a root key in the environment is taken, where others may see it; for tests"
        case .kmsEndpoint:
            "a KMS elsewhere for keys that are not of this keyring, https://HOST; signed with AWS_ACCESS_KEY_ID, "
                + "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; empty: none"
        case .s3Buckets:
            "buckets that are in S3 or a store that speaks like it, joined by commas; all others are below the data directory; "
                + "credentials come from where the AWS tools look for them"
        case .s3Endpoint: "where these buckets are, https://HOST; {region} in it stands for the Region"
        case .s3Region: "the Region of these buckets; empty: the home Region"
        case .s3PathStyle: "true: a bucket stands in the path, not in the host's name"
        case .s3Puts:
            "conditional: the store takes If-None-Match, as S3 does; checked: it does not, so cairn looks before and reads back after"
        case .s3Lists: "v2, or v1: the store does not know list-type=2"
        case .s3BucketOwner: "the account that must own these buckets; empty: any"
        case .s3AuthorityFile: "the certificates that the store's is held against, PEM; empty: the system's"
        case .snsEndpoint:
            "where the SNS topics are that notices are passed on to, https://HOST; {region} stands for the Region"
        case .sqsEndpoint:
            "where the SQS queues are that notices are passed on to, https://HOST; {region} stands for the Region"
        case .logsEndpoint:
            "where CloudWatch Logs is that trails' events are sent to, https://HOST; {region} stands for the Region"
        case .eventsEndpoint:
            "where EventBridge is that trails' events are sent to, https://HOST; {region} stands for the Region"
        case .topicAuthorityFile:
            "the certificates that those of SNS, SQS, webhooks, CloudWatch Logs and EventBridge are held against, PEM; empty: "
                + "the system's"
        case .webhookHosts:
            "hosts of webhooks that may be at a private address or another port than 443, HOST or HOST:PORT joined by commas"
        case .requireMemoryLock: "true: do not start when key bytes might be swapped out (see ulimit -l)"
        case .keyPeriod: "how long a trail key is used: month or day; what is shredded is whole periods"
        case .partitions: "partitions of a new data directory; fixed from then on"
        case .account: "account of a new data directory, for cairn's own events and the first trail"
        case .region: "home Region of a new data directory"
        case .regions:
            "Regions of a new data directory, joined by commas: where multi-Region trails take events; empty: all"
        case .cutAge: "an event waits no longer than this before its file is cut"
        case .cutBytes: "a lane's file is cut at this size, uncompressed; at most 40MiB"
        case .digestPeriod: "the interval of digests: 1h as CloudTrail's, 5s at least"
        case .historyDays: "for how many days LookupEvents finds management events; 0: no event history is kept"
        case .compression: "of new trails that 'up' makes: balanced, fast, small or auto"
        case .memory: "what events that wait to be cut may take in memory, all partitions together"
        case .presignedMax: "for how long a presigned URL may be good, at most 7d: whoever has it may read"
        case .requestMemory:
            "what requests in flight may take in memory, three bytes for each of their bodies; beyond, 503"
        case .patience: "a lane that cannot put its file for this long leaves the cut it shares with others"
        case .logBytes: "events that are not delivered may take this much disk; then the door refuses"
        case .diskReserve: "the door refuses when less than this is free on the disk"
        case .segmentBytes: "size of a segment file of the log"
        case .dedupeWindow: "how long an event is remembered, to recognise it when it comes again"
        case .dedupeEvents: "how many events are remembered for that, about 50 bytes each, twice"
        case .logLevel: "trace, debug, info, notice, warning or error"
        }
    }
}
