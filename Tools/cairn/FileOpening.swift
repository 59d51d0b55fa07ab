import CairnFormat
import CairnKeys
import CairnNative
import CairnObjects
import CairnServer
import CairnTerminal
import CairnValidateCommand
import FoundationEssentials

/// Opens log files for a command: finds them, decrypts them with the keyring if they are encrypted, reads their records.
final class FileOpening {
    /// The largest object that is read from S3.
    private static let byteCountMax = 256 << 20

    private let data: DataOptions
    private let root: String
    private let expect: String?
    /// Opened with the first encrypted file.
    private var keys: KeyServices?
    /// Opened with the first object in S3.
    private var opened: (any ObjectStore)?

    /// - Parameters:
    ///   - root: the data directory.
    ///   - expect: the ARN that a file must be bound to, if somebody said so.
    init(data: DataOptions, root: String, expect: String?) {
        self.data = data
        self.root = root
        self.expect = expect
    }

    func records(_ file: String) async throws -> LogFileReader.Records {
        let path: String
        var bytes: [UInt8]
        if let location = try await locationInS3(file) {
            // As if it lay with the others: under that name it is bound.
            path = "\(root)/buckets/\(location)"
            let store = try await store()
            do throws(ObjectError) { bytes = try await store.get(location, limit: Self.byteCountMax).bytes } catch {
                throw Failure(error)
            }
        } else {
            let candidates = [file, "\(root)/buckets/\(file)"]
            let found = candidates.lazy.compactMap { path in
                FileManager.default.contents(atPath: path).map { (path, $0) }
            }
            guard let (place, contents) = found.first else {
                throw Failure("\(file) is no file, nor an object below \(root)/buckets", hint: "give --data, or a path")
            }
            (path, bytes) = (place, Array(contents))
        }
        if bytes.first == EncryptedHeader.version { bytes = try await decrypted(bytes, file, path) }
        do throws(LogFileReader.Problem) {
            return try LogFileReader.read(bytes)
        } catch {
            throw Failure("\(file): \(error)", hint: "a log file of cairn is one gzip member of {\"Records\":[…]}")
        }
    }

    /// The object that a name stands for, if it is in S3.
    private func locationInS3(_ file: String) async throws -> ObjectLocation? {
        let isURL = file.hasPrefix(ArchiveStore.scheme)
        let parts = (isURL ? file.dropFirst(ArchiveStore.scheme.count) : file[...]).split(separator: "/", maxSplits: 1)
            .map(String.init)
        guard parts.count == 2, let bucket = try? BucketName(parts[0]), let key = try? ObjectKey(parts[1]) else {
            if isURL { throw Failure("\(file): expected s3://BUCKET/KEY", exit: .usage) }
            return nil
        }
        guard !isURL else { return ObjectLocation(bucket: bucket, key: key) }
        return try await data.settings().s3Buckets.contains(bucket) ? ObjectLocation(bucket: bucket, key: key) : nil
    }

    private func store() async throws -> any ObjectStore {
        if let opened { return opened }
        let settings = try await data.settings()
        do throws(NodeError) {
            let store = try Node.s3(settings, .system)
            opened = store
            return store
        } catch { throw Failure(error) }
    }

    private func decrypted(_ bytes: [UInt8], _ file: String, _ path: String) async throws -> [UInt8] {
        do {
            let header = try EncryptedHeader.parse(bytes).header
            try check(header.context, file, path)
            let keys = try await openKeys(header)
            var problems: [String] = []
            for wrap in header.dataKeys {
                do {
                    let key = try await keys.open(wrap, context: header.context)
                    return try EncryptedFileReader.read(bytes, dataKey: key, limit: bytes.count)
                } catch let error as KeyError { problems.append("\(wrap): \(error)") }
            }
            throw EncryptedFileProblem.noKey(wraps: problems)
        } catch let failure as Failure { throw failure } catch { throw Failure("\(file): \(error)") }
    }

    /// Whether the file is the one that its name says.
    private func check(_ context: EncryptionContext, _ file: String, _ path: String) throws {
        let bound = context["aws:s3:arn"] ?? ""
        var wanted = expect
        let buckets = "\(root)/buckets/"
        if wanted == nil,
            let place = [path, "\(FileManager.default.currentDirectoryPath)/\(path)"].first(where: {
                $0.hasPrefix(buckets)
            })
        {
            let partition = bound.split(separator: ":").dropFirst().first.map(String.init) ?? "aws"
            wanted = "arn:\(partition):s3:::\(place.dropFirst(buckets.count))"
        }
        guard let wanted else { return Terminal.say("\(file) is bound to \(bound)") }
        guard wanted == bound else {
            throw EncryptedFileProblem.otherContext(expected: "aws:s3:arn=\(wanted)", found: "\(context)")
        }
    }

    /// The keyring, and an event that says that somebody reads.
    private func openKeys(_ header: EncryptedHeader) async throws -> KeyServices {
        if let keys { return keys }
        let access = try await DataDirectoryAccess(data)
        let opened = try await access.keyServices()
        try await opened.keyring.record(
            "Decrypt", by: access.actor,
            parameters: [
                "keys": header.dataKeys.map(\.description).joined(separator: ", "),
                "encryptionContext": "\(header.context)",
            ])
        keys = opened
        return opened
    }
}
