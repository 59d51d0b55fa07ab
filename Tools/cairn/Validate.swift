import ArgumentParser
import CairnFormat
import CairnKeys
import CairnServer
import CairnTerminal
import CairnValidateCommand
import FoundationEssentials

/// `cairn validate`
struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validate the archive of a data directory, or another one.",
        discussion: """
            Without ARCHIVE it is DATA/buckets and the buckets in S3 that the settings name, judged with the public keys of the data directory's own keyring, which also \
            opens encrypted files; that is an event. With ARCHIVE it does what cairn-validate does.

            \(ValidateArchive.explanation)
            """)

    @Argument(help: "A directory, a tar, or s3://BUCKET (default: the buckets of the data directory).")
    var archive: String?

    @OptionGroup var options: ValidateOptions

    @OptionGroup var data: DataOptions

    func run() async throws {
        let session: ValidateSession
        if let archive {
            session = try await ValidateSession(
                archive: archive, store: try await store(archive), options, fileKeys: nil, time: Seams.system.time)
        } else {
            let access = try await DataDirectoryAccess(data)
            let keys = try await access.keyServices()
            let publicKeys: [UInt8]
            do throws(KeyError) {
                publicKeys = PublicKeyList(try await keys.keyring.manifest()).json
                try await keys.keyring.record("Decrypt", by: access.actor, parameters: ["purpose": "validation"])
            } catch { throw Failure(error) }
            var store: ArchiveStore?
            if !access.settings.s3Buckets.isEmpty {
                do throws(NodeError) {
                    store = ArchiveStore(
                        try Node.s3(access.settings, access.seams), buckets: access.settings.s3Buckets)
                } catch { throw Failure(error) }
            }
            session = try await ValidateSession(
                archive: access.directory.buckets, store: store, options, fileKeys: keys,
                keyring: (publicKeys, "the keyring of \(access.directory.path)"), time: access.seams.time)
        }
        let code = try await session.run()
        if code != 0 { throw ExitCode(code) }
    }

    /// The buckets that an archive in S3 stands for; nil: it lies elsewhere.
    private func store(_ archive: String) async throws -> ArchiveStore? {
        guard archive.hasPrefix(ArchiveStore.scheme) else { return nil }
        let settings = try await data.settings()
        let buckets = try ArchiveStore.buckets(archive)
        do throws(NodeError) { return ArchiveStore(try Node.s3(settings, .system), buckets: buckets) } catch {
            throw Failure(error)
        }
    }
}
