import CairnFormat
package import CairnKeys
import CairnNative
package import CairnSystem
import CairnTerminal
import CairnValidation
import FoundationEssentials

/// One run as a command asks for it: options become types, the outcome becomes output.
package struct ValidateSession {
    private static let keyListByteCountMax = 64 << 20

    private let archive: Archive
    private let keys: PublicKeys
    private let fileKeys: (any KeyService)?
    private let scope: Scope
    private let options: ValidateOptions
    private let reportKey: RSAPrivateKey?

    /// How many files of a store are checked at the same time, unless an option says: each is waited for.
    private static let storeThreadCount = 32

    /// - Parameters:
    ///   - archive: where it lies; of a store, its name for people.
    ///   - store: buckets that lie in a store; with a directory or a tar, besides what is there.
    ///   - fileKeys: opens encrypted files that no trail key of the options opens.
    ///   - keyring: public keys from a keyring that the operator has, and its name.
    package init(
        archive path: String, store: ArchiveStore? = nil, _ options: ValidateOptions, fileKeys: (any KeyService)?,
        keyring: (json: [UInt8], name: String)? = nil, time: any TimeSource
    ) async throws {
        self.options = options
        var scope = try Self.scope(options, time)
        if store != nil, options.threads == nil { scope.threadCount = Self.storeThreadCount }
        self.scope = scope
        archive = try Self.archive(path, store, options)
        keys = try await Self.publicKeys(options, archive, path, keyring, scope, time)
        if let file = options.trailKeys {
            do throws(KeyError) { self.fileKeys = TrailKeys(try TrailKeyFile(file), others: fileKeys) } catch {
                throw ValidateFailure(error.description, exit: .usage)
            }
        } else {
            self.fileKeys = fileKeys
        }
        reportKey = try Self.reportKey(options)
        if let state = options.state, Self.isInside(state, path) || Self.isInside(Self.folder(of: state), path) {
            throw ValidateFailure(
                "--state \(state) lies in the archive: whoever writes there could make it forget", exit: .usage)
        }
        if archive.only == nil, !path.hasPrefix(ArchiveStore.scheme), try Self.looksLikeOneBucket(path) {
            throw ValidateFailure(
                "\(path) holds AWSLogs, not buckets", hint: "say whose content it is with --bucket NAME", exit: .usage)
        }
    }

    /// - Returns: the exit code.
    package func run() async throws -> Int32 {
        let output = ValidateOutput(options.format, isVerbose: options.verbose)
        let report = options.report.map { _ in ValidateReport() }
        let trail = options.trailArn.isEmpty ? "(every chain found)" : options.trailArn.joined(separator: ", ")
        let end = scope.end ?? scope.now
        output.begin(trail: trail, from: scope.start, until: end, keys: keys.provenance)
        var scope = scope
        if let file = options.state, let bytes = try Self.readState(file) {
            do throws(ValidationState.Unreadable) { scope.state = try ValidationState(bytes) } catch {
                throw ValidateFailure(
                    "the state in \(file) cannot be read: \(error)",
                    hint: "remove it to begin anew: all is checked again then")
            }
        }
        let outcome = await Validation(archive, keys: keys, fileKeys: fileKeys, scope: scope).run(
            report: { line in
                report?.add(line)
                output.add(line)
            }, progress: { output.progress($0) })
        output.end(outcome.summary, from: scope.start, until: end)
        if let file = options.state {
            if outcome.summary.result == .holds {
                try await Self.write(outcome.state.json, to: file)
            } else {
                Terminal.say("the state in \(file) stays as it was: what was found must be looked into first")
            }
        }
        if let report, let file = options.report, let reportKey {
            let bytes = report.json(outcome.summary, archive: archive.name, at: scope.now)
            try await Self.write(bytes, to: file)
            try await Self.write(Array((Hex.lower(reportKey.sign(bytes)) + "\n").utf8), to: file + ".sig")
        }
        return outcome.summary.exitCode
    }

    // MARK: Files of ours

    private static let stateByteCountMax = 64 << 20

    private static func folder(of path: String) -> String {
        path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    private static func readState(_ file: String) throws -> [UInt8]? {
        guard FileManager.default.fileExists(atPath: file) else { return nil }
        return try read(file)
    }

    /// Replaces a file.
    private static func write(_ bytes: [UInt8], to file: String) async throws {
        let path = file.hasPrefix("/") ? file : "\(FileManager.default.currentDirectoryPath)/\(file)"
        let disk = LocalDisk()
        do throws(DiskError) {
            try await disk.remove(path + ".new")
            try await disk.put(bytes, at: path + ".new")
            try await disk.rename(path + ".new", to: path)
        } catch { throw ValidateFailure("\(file) cannot be written: \(error)") }
    }

    private static func reportKey(_ options: ValidateOptions) throws -> RSAPrivateKey? {
        guard (options.report == nil) == (options.reportKey == nil) else {
            throw ValidateFailure(
                "--report and --report-key go together: a report that nobody signs proves nothing", exit: .usage)
        }
        guard let file = options.reportKey else { return nil }
        do throws(SecretFile.Problem) {
            let text = try SecretFile.read(file, limit: 64 << 10, isPrivate: true)
            if let der = SecretText.pem(text), let key = try? RSAPrivateKey(der: der) { return key }
        } catch {
            throw ValidateFailure("--report-key \(file) cannot be read: \(error)", exit: .usage)
        }
        throw ValidateFailure(
            "--report-key \(file): expected an RSA private key in PEM, without a passphrase", exit: .usage)
    }

    // MARK: Options

    private static func scope(_ options: ValidateOptions, _ time: any TimeSource) throws -> Scope {
        guard options.recheck == nil || options.state != nil else {
            throw ValidateFailure("--recheck goes with --state", exit: .usage)
        }
        let now = try moment(options.now, "--now") ?? EventTime(seconds: time.now.seconds)
        var scope = Scope(now: now)
        scope.start = try moment(options.startTime, "--start-time")
        scope.end = try moment(options.endTime, "--end-time")
        if let start = scope.start, start >= scope.end ?? now {
            throw ValidateFailure(
                "Invalid time range specified: start-time must occur before end-time", exit: .usage)
        }
        for arn in options.trailArn {
            guard let trail = Scope.TrailID(arn: arn) else {
                throw ValidateFailure("Invalid trail ARN provided: \(arn)", exit: .usage)
            }
            scope.trails.append(trail)
        }
        for account in options.accountId {
            guard AccountID(digits: account.utf8) != nil else {
                throw ValidateFailure("--account-id \(account): expected 12 digits", exit: .usage)
            }
            scope.accounts.insert(account)
        }
        scope.regions = Set(options.region)
        scope.expectedAccounts = list(options.expectAccounts)
        scope.expectedRegions = list(options.expectRegions)
        guard let period = seconds(options.digestPeriod), period > 0 else {
            throw ValidateFailure(
                "--digest-period \(options.digestPeriod): expected a number with s, m or h", exit: .usage)
        }
        scope.period = period
        scope.allowsUnsignedNewest = options.allowUnsignedNewest
        // Whoever names a pin wants to be told when something else signed.
        scope.requiresPinned = options.requirePinned || !options.pin.isEmpty
        let threads = options.threads ?? ProcessInfo.processInfo.activeProcessorCount
        guard (1...256).contains(threads) else {
            throw ValidateFailure("--threads \(threads): expected 1 to 256", exit: .usage)
        }
        scope.threadCount = threads
        scope.isVerbose = options.verbose
        if let text = options.recheck {
            guard let part = Double(text.hasSuffix("%") ? text.dropLast() : text[...]), (0...100).contains(part) else {
                throw ValidateFailure("--recheck \(text): expected 0% to 100%", exit: .usage)
            }
            scope.recheck = part / 100
        }
        return scope
    }

    private static func moment(_ text: String?, _ name: String) throws -> EventTime? {
        guard let text else { return nil }
        guard let seconds = MomentText.seconds(text) else {
            throw ValidateFailure(
                "Unable to parse date value: \(text)", hint: "\(name) takes 2026-03-01 or 2026-03-01T10:00:00Z",
                exit: .usage)
        }
        return EventTime(seconds: seconds)
    }

    private static func list(_ text: String?) -> [String] {
        text?.split(separator: ",").map { String($0) } ?? []
    }

    private static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600]
        guard let last = text.last, let unit = units[last], let number = Int64(text.dropLast()), number < 1 << 32 else {
            return nil
        }
        return number * unit
    }

    // MARK: The archive

    private static func archive(_ path: String, _ store: ArchiveStore?, _ options: ValidateOptions) throws -> Archive {
        var only: BucketName?
        if let name = options.bucket {
            guard let bucket = try? BucketName(name) else {
                throw ValidateFailure("--bucket \(name): no bucket can have this name", exit: .usage)
            }
            only = bucket
        }
        let abroad = store.map { (store: $0.store, buckets: $0.buckets) }
        if path.hasPrefix(ArchiveStore.scheme) {
            guard let store else {
                throw ValidateFailure(
                    "\(path): this build reads no S3",
                    hint: "copy it with 'cairn mirror', or with 'aws s3 sync' and --bucket", exit: .usage)
            }
            guard only == nil else {
                throw ValidateFailure("--bucket says whose content a copy is: \(path) says that itself", exit: .usage)
            }
            return Archive(.store(store.store, store.buckets.sorted()), only: nil, name: path)
        }
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ValidateFailure("\(path) does not exist", exit: .usage)
        }
        do throws(ConfinedDirectory.Problem) {
            if isDirectory {
                return Archive(.directory(try ConfinedDirectory(path)), only: only, name: path, abroad: abroad)
            }
        } catch { throw ValidateFailure("\(path) cannot be read: \(error)") }
        do throws(TarIndex.Unreadable) {
            return Archive(.tar(try TarIndex(path: path)), only: only, name: path)
        } catch {
            switch error {
            case .tooManyMembers(let count):
                throw ValidateFailure("\(path) has more than \(count) members", hint: "unpack it into a directory")
            case .file(let problem): throw ValidateFailure("\(path) cannot be read: \(problem)")
            }
        }
    }

    private static func looksLikeOneBucket(_ path: String) throws -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: "\(path)/AWSLogs", isDirectory: &isDirectory) && isDirectory
    }

    // MARK: Public keys

    private static func publicKeys(
        _ options: ValidateOptions, _ archive: Archive, _ path: String, _ keyring: (json: [UInt8], name: String)?,
        _ scope: Scope, _ time: any TimeSource
    ) async throws -> PublicKeys {
        var pins: [String] = []
        for pin in options.pin {
            let hex = pin.hasPrefix("sha256:") ? String(pin.dropFirst(7)) : ""
            guard SHA256Hash(hex: hex) != nil else {
                throw ValidateFailure("--pin \(pin): expected sha256: and 64 lower-case hex digits", exit: .usage)
            }
            pins.append(hex)
        }
        var keys = PublicKeys(pins: pins)
        for file in options.keys {
            keys.add(try read(file), from: isInside(file, path) ? .found(file) : .given(file))
        }
        if let endpoint = options.keysEndpoint {
            for list in try await RemoteSources.publicKeys(endpoint, archive, scope, time: time) {
                keys.add(list.json, from: .given(list.name), region: list.region)
            }
        }
        if let keyring { keys.add(keyring.json, from: .given(keyring.name)) }
        if options.keys.isEmpty, options.keysEndpoint == nil, keyring == nil,
            let json = await archive.beside("public-keys.json", limit: keyListByteCountMax)
        {
            keys.add(json, from: .found("public-keys.json"))
        }
        if keys.isEmpty, keys.findings.isEmpty {
            throw ValidateFailure(
                "there are no public keys: none beside the archive, and none given",
                hint: "give --keys FILE: 'aws cloudtrail list-public-keys', or 'cairn keys export-public'")
        }
        keys.finish()
        return keys
    }

    static func read(_ file: String) throws -> [UInt8] {
        do throws(ConfinedDirectory.Problem) {
            let opened = try ConfinedFile(file)
            guard opened.byteCount <= keyListByteCountMax else {
                throw ConfinedDirectory.Problem.irregular("too large")
            }
            return try opened.read(at: 0, count: opened.byteCount)
        } catch {
            throw ValidateFailure("\(file) cannot be read: \(error)", exit: .usage)
        }
    }

    /// Whether a file lies in the archive: then whoever writes the archive writes it.
    static func isInside(_ file: String, _ archive: String) -> Bool {
        guard let file = RealPath.of(file), let root = RealPath.of(archive) else { return false }
        return file == root || file.hasPrefix(root.hasSuffix("/") ? root : root + "/")
    }
}
