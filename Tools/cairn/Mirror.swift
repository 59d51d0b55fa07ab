import ArgumentParser
import CairnFormat
import CairnObjects
import CairnRemote
import CairnServer
import CairnTerminal
import CairnValidateCommand
import FoundationEssentials
import Synchronization

/// `cairn mirror`
struct Mirror: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy buckets in S3 into a directory, each object with its metadata, to be validated there.",
        discussion: """
            DIR/BUCKET/KEY gets each object, KEY.metadata.json beside it its metadata, as 'cairn validate DIR' reads them. Checksums of \
            the store are verified, what was written is read back, and what is there is not copied again, so that a copy that was \
            cut off goes on where it was. Nothing is overwritten. Names that a directory cannot keep are told of, not mapped.

            Example:
              cairn mirror s3://audit-prod ./copy && cairn validate ./copy --pin sha256:9f86d081…

            Exit codes: 0 all is there, 1 something is not, 2 wrong usage.
            """)

    @Argument(help: "s3://BUCKET, several joined by commas.")
    var source: String

    @Argument(help: "The directory of the copy.")
    var directory: String

    @Option(help: "Only objects whose keys begin with this.")
    var prefix = ""

    @Flag(help: "Read again what is there already, and compare it.")
    var recheck = false

    @OptionGroup var data: DataOptions

    /// What became of the objects.
    private struct Tally {
        var (copied, present, failed, byteCount) = (0, 0, 0, 0)
    }

    func run() async throws {
        guard source.hasPrefix(ArchiveStore.scheme) else {
            throw Failure("\(source): expected s3://BUCKET", exit: .usage)
        }
        let buckets = try ArchiveStore.buckets(source)
        let settings = try await data.settings()
        let root = directory.hasPrefix("/") ? directory : "\(FileManager.default.currentDirectoryPath)/\(directory)"
        let tally = Mutex(Tally())
        do {
            var store = try Node.s3(settings, .system)
            if var strict = store as? S3Store {
                strict.onStrangeKey = { key in
                    tally.withLock { $0.failed += 1 }
                    Terminal.say("error: \(SafeText.shown(key)): no directory can keep an object of that name")
                }
                store = strict
            }
            let mirror = BucketMirror(
                from: store, to: DirectoryStore(disk: Seams.system.disk, root: root), comparesBytes: recheck)
            for bucket in buckets.sorted() {
                try await mirror.run(bucket, prefix: prefix) { key, step in
                    tally.withLock { tally in
                        switch step {
                        case .copied(let count):
                            tally.copied += 1
                            tally.byteCount += count
                        case .present: tally.present += 1
                        case .failed: tally.failed += 1
                        }
                    }
                    if case .failed(let reason) = step { Terminal.say("error: \(SafeText.shown(reason))") }
                }
            }
        } catch { throw Failure(error) }
        let done = tally.withLock { $0 }
        Terminal.line(
            "\(done.copied) copied (\(done.byteCount) bytes), \(done.present) were there, \(done.failed) failed")
        if done.copied + done.present + done.failed == 0 {
            throw Failure("there is nothing to copy in \(source)", hint: "check the bucket, --prefix and --s3-region")
        }
        if done.failed > 0 { throw ExitCode(Terminal.Exit.failed.rawValue) }
    }
}
