import ArgumentParser
import CairnNative
import CairnServer
import Logging

/// Flags of the commands that run a node.
struct NodeOptions: ParsableArguments {
    @OptionGroup var data: DataOptions

    @Option(help: "Where producers send events, HOST:PORT (default: 127.0.0.1:4740).")
    var listen: String?

    @Option(help: "Metrics and health without a token, HOST:PORT (default: off).")
    var adminListen: String?

    @Option(help: "Certificate chain of the door, PEM. Needed to listen beyond loopback.")
    var tlsCert: String?

    @Option(help: "Private key of the door, PEM.")
    var tlsKey: String?

    @Option(help: "true: a proxy before the door speaks TLS (default: false).")
    var tlsBehindProxy: String?

    @Option(help: "An event waits no longer than this before its file is cut (default: 60s).")
    var cutAge: String?

    @Option(help: "A lane's file is cut at this uncompressed size (default: 32MiB, at most 40MiB).")
    var cutBytes: String?

    @Option(help: "The interval of digests, 5s at least (default: 1h, as CloudTrail's).")
    var digestPeriod: String?

    @Option(help: "For how many days LookupEvents finds management events; 0: not at all (default: 90).")
    var historyDays: String?

    @Option(
        help:
            "Compression of the trails made for a new data directory: balanced, fast, small or auto (default: balanced)."
    )
    var compression: String?

    @Option(help: "Memory for events that wait to be cut (default: 128MiB).")
    var memory: String?

    @Option(help: "Memory for requests in flight, three bytes for each of their bodies (default: 256MiB).")
    var requestMemory: String?

    @Option(help: "For how long a presigned URL may be good (default: 1h).")
    var presignedMax: String?

    @Option(help: "A lane that cannot put its file for this long leaves the shared cut (default: 30s).")
    var patience: String?

    @Option(help: "true: do not start when key bytes might be swapped out (default: false).")
    var requireMlock: String?

    @Option(help: "How long a trail key is used: month or day (default: month).")
    var keyPeriod: String?

    @Option(help: "Partitions of a new data directory (default: 4).")
    var partitions: String?

    @Option(help: "Account of a new data directory (default: 111122223333).")
    var account: String?

    @Option(help: "Home Region of a new data directory (default: us-east-1).")
    var region: String?

    @Option(help: "Regions of a new data directory, joined by commas (default: all).")
    var regions: String?

    @Option(help: "Events that are not delivered may take this much disk; then the door refuses (default: 8GiB).")
    var logBytes: String?

    @Option(help: "The door refuses when less than this is free on the disk (default: 256MiB).")
    var diskReserve: String?

    @Option(help: "Size of a segment file of the log (default: 64MiB).")
    var segmentBytes: String?

    @Option(help: "How long an event is remembered, to recognise it when it comes again (default: 10m).")
    var dedupeWindow: String?

    @Option(help: "How many events are remembered for that, about 50 bytes each, twice (default: 2000000).")
    var dedupeEvents: String?

    @Option(help: "trace, debug, info, notice, warning or error (default: info).")
    var logLevel: String?

    /// What the command line says.
    var flags: [SettingKey: String] {
        let given: [(SettingKey, String?)] = [
            (.listen, listen), (.adminListen, adminListen), (.tlsCert, tlsCert), (.tlsKey, tlsKey),
            (.tlsBehindProxy, tlsBehindProxy), (.cutAge, cutAge), (.cutBytes, cutBytes), (.digestPeriod, digestPeriod),
            (.historyDays, historyDays), (.compression, compression),
            (.memory, memory), (.requestMemory, requestMemory), (.presignedMax, presignedMax), (.patience, patience),
            (.partitions, partitions),
            (.account, account), (.region, region), (.regions, regions), (.requireMemoryLock, requireMlock),
            (.keyPeriod, keyPeriod),
            (.logBytes, logBytes), (.diskReserve, diskReserve), (.segmentBytes, segmentBytes),
            (.dedupeWindow, dedupeWindow),
            (.dedupeEvents, dedupeEvents), (.logLevel, logLevel),
        ]
        return Dictionary(uniqueKeysWithValues: given.compactMap { key, value in value.map { (key, $0) } })
    }

    /// Runs a node until it is told to stop.
    func run(_ role: Node.Role) async throws {
        ProcessMemory.keepLargeBlocks()
        let settings = try await data.settings(flags)
        let logger = TerminalLog.logger(level: settings.logLevel)
        let node = Node(role: role, settings: settings, logger: logger)
        let directory = settings.dataDirectory
        do throws(NodeError) {
            try await node.run { ports in
                logger.notice(
                    "ready", metadata: ["data": "\(directory)", "listening": "\(ports.joined(separator: ", "))"])
            }
        } catch {
            throw Failure(error.description)
        }
        logger.notice("stopped in order; what is not delivered yet waits in the log")
    }
}
