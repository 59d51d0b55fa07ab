import ArgumentParser

/// `cairn benchmark`: what `Tools/bench` sets beside raw primitives. Not shown in help.
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measure parts of cairn.", shouldDisplay: false,
        subcommands: [BenchmarkEncryption.self, BenchmarkDigests.self])
}
