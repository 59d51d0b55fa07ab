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
            Without ARCHIVE it is DATA/buckets, judged with the public keys of the data directory's own keyring, which also \
            opens encrypted files; that is an event. With ARCHIVE it does what cairn-validate does.

            \(ValidateArchive.explanation)
            """)

    @Argument(help: "A directory or a tar (default: DATA/buckets).")
    var archive: String?

    @OptionGroup var options: ValidateOptions

    @OptionGroup var data: DataOptions

    func run() async throws {
        let session: ValidateSession
        if let archive {
            session = try await ValidateSession(archive: archive, options, fileKeys: nil, time: Seams.system.time)
        } else {
            let access = try await DataDirectoryAccess(data)
            if let s3 = access.settings.s3 {
                throw Failure(
                    "the buckets in S3 (\(s3.buckets.sorted().map(\.text).joined(separator: ", "))) are not validated in place",
                    hint: "copy them, each to a folder of its name, and give the folder above as ARCHIVE", exit: .usage)
            }
            let keys = try await access.keyServices()
            let publicKeys: [UInt8]
            do throws(KeyError) {
                publicKeys = PublicKeyList(try await keys.keyring.manifest()).json
                try await keys.keyring.record("Decrypt", by: access.actor, parameters: ["purpose": "validation"])
            } catch { throw Failure(error) }
            session = try await ValidateSession(
                archive: access.directory.buckets, options, fileKeys: keys,
                keyring: (publicKeys, "the keyring of \(access.directory.path)"), time: access.seams.time)
        }
        let code = try await session.run()
        if code != 0 { throw ExitCode(code) }
    }
}
