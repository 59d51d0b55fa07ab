import ArgumentParser

/// How buckets in S3 are reached.
package struct StoreOptions: ParsableArguments {
    @Option(help: "Where s3:// is, https://HOST (default: https://s3.{region}.amazonaws.com).")
    var s3Endpoint: String?

    @Option(help: "The Region of these buckets (default: AWS_REGION, or us-east-1).")
    var s3Region: String?

    @Flag(help: "A bucket stands in the path, not in the host's name.")
    var s3PathStyle = false

    @Option(help: "The certificates that the store's is held against, PEM (default: the system's).")
    var s3CaFile: String?

    package init() {}
}
