import ArgumentParser
import CairnServer
import CairnTerminal
import FoundationEssentials
import Logging

/// Flags that all commands over a data directory know.
struct DataOptions: ParsableArguments {
    @Option(help: "The data directory (default: cairn-data).")
    var data: String?

    @Option(help: "The configuration file (default: cairn.yaml, if it is there).")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where the root key comes from: file:PATH, credential:NAME, passphrase, passphrase:PATH, env:NAME or kms:ARN (default: "
                + "file:DATA/root.key)."))
    var rootKey: String?

    @Option(help: "true: take a root key from the environment, where others may see it; for tests (default: false).")
    var insecureRoot: String?

    @Option(help: "A KMS elsewhere for keys that are not of this keyring, https://HOST (default: none).")
    var kmsEndpoint: String?

    @Option(help: "Buckets that are in S3 or a store that speaks like it, joined by commas (default: none).")
    var s3Buckets: String?

    @Option(help: "Where these buckets are, https://HOST (default: https://s3.{region}.amazonaws.com).")
    var s3Endpoint: String?

    @Option(help: "The Region of these buckets (default: the home Region).")
    var s3Region: String?

    @Option(help: "true: a bucket stands in the path, not in the host's name (default: false).")
    var s3PathStyle: String?

    @Option(help: "conditional or checked: whether the store takes If-None-Match (default: conditional).")
    var s3Puts: String?

    @Option(help: "v2 or v1: v1 for a store that does not know list-type=2 (default: v2).")
    var s3Lists: String?

    @Option(help: "The account that must own these buckets (default: any).")
    var s3BucketOwner: String?

    @Option(help: "The certificates that the store's is held against, PEM (default: the system's).")
    var s3CaFile: String?

    @Option(help: "Where SNS topics are, https://HOST (default: https://sns.{region}.amazonaws.com).")
    var snsEndpoint: String?

    @Option(help: "Where SQS queues are, https://HOST (default: https://sqs.{region}.amazonaws.com).")
    var sqsEndpoint: String?

    @Option(help: "Where CloudWatch Logs is, https://HOST (default: https://logs.{region}.amazonaws.com).")
    var logsEndpoint: String?

    @Option(help: "Where EventBridge is, https://HOST (default: https://events.{region}.amazonaws.com).")
    var eventsEndpoint: String?

    @Option(
        help:
            "The certificates that those of these services and of webhooks are held against, PEM (default: the system's)."
    )
    var topicCaFile: String?

    @Option(help: "Hosts of webhooks that may be at a private address or another port than 443 (default: none).")
    var webhookHosts: String?

    /// Reads the settings; flags beyond these are given by the command.
    func reader(_ more: [SettingKey: String] = [:]) async throws -> SettingsReader {
        var flags = more
        if let data { flags[.data] = data }
        if let rootKey { flags[.rootKey] = rootKey }
        if let kmsEndpoint { flags[.kmsEndpoint] = kmsEndpoint }
        if let insecureRoot { flags[.insecureRoot] = insecureRoot }
        let abroad: [(SettingKey, String?)] = [
            (.s3Buckets, s3Buckets), (.s3Endpoint, s3Endpoint), (.s3Region, s3Region), (.s3PathStyle, s3PathStyle),
            (.s3Puts, s3Puts), (.s3Lists, s3Lists), (.s3BucketOwner, s3BucketOwner), (.s3AuthorityFile, s3CaFile),
            (.snsEndpoint, snsEndpoint), (.sqsEndpoint, sqsEndpoint), (.logsEndpoint, logsEndpoint),
            (.eventsEndpoint, eventsEndpoint), (.topicAuthorityFile, topicCaFile),
            (.webhookHosts, webhookHosts),
        ]
        for (key, value) in abroad where value != nil { flags[key] = value }
        do throws(SettingsError) {
            return try await SettingsReader(
                flags: flags, configurationFile: config, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Failure(error.description, exit: .usage)
        }
    }

    func settings(_ more: [SettingKey: String] = [:]) async throws -> NodeSettings {
        let reader = try await reader(more)
        do throws(SettingsError) {
            return try NodeSettings(reader, workingDirectory: FileManager.default.currentDirectoryPath)
        } catch {
            throw Failure(error.description, exit: .usage)
        }
    }
}
