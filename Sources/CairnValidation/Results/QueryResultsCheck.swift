import CairnFormat
import CairnNative
import CairnObjects
package import CairnSystem

/// Checks exported results of Lake queries against their sign file, `result_sign.json` (reference 10.7).
///
/// Unlike digests, the sign file has hashes of the *compressed* files, and its signature covers those hashes joined by spaces.
package struct QueryResultsCheck: Sendable {
    package static let signFile = "result_sign.json"
    private static let signFileByteCountMax = 64 << 20
    private static let partByteCount = 1 << 20
    /// How long after a query its sign file may be signed, in seconds: the time for which keys are asked.
    private static let keyMargin: Int64 = 20 * 86_400

    private let directory: ConfinedDirectory
    private let keys: PublicKeys

    package init(_ directory: ConfinedDirectory, keys: PublicKeys) { (self.directory, self.keys) = (directory, keys) }

    /// - Returns: how many files hold.
    package func run(_ finding: (Finding) -> Void) -> (valid: Int, total: Int) {
        for problem in keys.findings { finding(problem) }
        let bytes: [UInt8]
        do throws(ConfinedDirectory.Problem) {
            let file = try directory.open(Self.signFile)
            guard file.byteCount <= Self.signFileByteCountMax else { throw .irregular("larger than any sign file") }
            bytes = try file.read(at: 0, count: file.byteCount)
        } catch {
            finding(
                Finding(
                    .resultsMissing, Self.signFile, found: "\(error)",
                    "the sign file cannot be read: nothing proves the results"))
            return (0, 0)
        }
        let tree: StrictJSON
        do throws(StrictJSON.Problem) { tree = try StrictJSON.parse(bytes) } catch {
            finding(Finding(.resultsFormat, Self.signFile, found: "\(error)", "Invalid sign file provided."))
            return (0, 0)
        }
        guard let list = tree["files"]?.list, let signature = tree["hashSignature"]?.text,
            let fingerprint = tree["publicKeyFingerprint"]?.text, let region = tree["region"]?.text,
            let completed = tree["queryCompleteTime"]?.text.flatMap(MomentText.seconds)
        else {
            finding(
                Finding(
                    .resultsFormat, Self.signFile,
                    expected: "files, hashSignature, publicKeyFingerprint, region, queryCompleteTime", found: "less",
                    "Invalid sign file provided."))
            return (0, 0)
        }
        for (name, wanted) in [("hashAlgorithm", "SHA-256"), ("signatureAlgorithm", "SHA256withRSA")]
        where tree[name]?.text != wanted {
            finding(
                Finding(
                    .resultsFormat, Self.signFile, expected: "\(name) \(wanted)", found: tree[name]?.shown ?? "nothing",
                    "the sign file names another algorithm"))
        }
        if list.isEmpty { finding(Finding(.resultsFormat, Self.signFile, "No export file was found in sign file.")) }
        let hashes = list.compactMap { $0["fileHashValue"]?.text }
        verify(signature, hashes, fingerprint, region, completed, finding)
        var valid = 0
        var names: Set<String> = [Self.signFile]
        for entry in list {
            guard let name = entry["fileName"]?.text, let hash = entry["fileHashValue"]?.text else {
                finding(
                    Finding(
                        .resultsFormat, Self.signFile, expected: "fileName and fileHashValue",
                        "Invalid sign file provided."))
                continue
            }
            guard names.insert(name).inserted else {
                finding(Finding(.resultsFormat, name, "the sign file names the file twice"))
                continue
            }
            if check(name, hash, finding) { valid += 1 }
        }
        strangers(names, finding)
        return (valid, list.count)
    }

    private func verify(
        _ signature: String, _ hashes: [String], _ fingerprint: String, _ region: String, _ completed: Int64,
        _ finding: (Finding) -> Void
    ) {
        let known = keys.keys(fingerprint, region: region)
        guard !known.isEmpty else {
            return finding(
                Finding(
                    .keyUnknown, Self.signFile, expected: fingerprint, found: "a list without it",
                    "no public key of \(region) has the sign file's fingerprint: get 'aws cloudtrail list-public-keys' of the time"
                ))
        }
        let message = Array(hashes.joined(separator: " ").utf8)
        guard let bytes = Hex.bytes(signature), known.contains(where: { $0.key.verifies(bytes, of: message) }) else {
            return finding(
                Finding(
                    .resultsSignature, Self.signFile,
                    "ValidationError: Invalid signature in sign file: the list of hashes was changed"))
        }
        if !known.contains(where: { $0.from <= completed + Self.keyMargin && completed <= $0.until }),
            let key = known.first
        {
            finding(
                Finding(
                    .keyWindow, Self.signFile,
                    expected: "\(EventTime(seconds: key.from)) to \(EventTime(seconds: key.until))",
                    found: "\(EventTime(seconds: completed))", "the query was completed outside the window of its key"))
        }
    }

    private func check(_ name: String, _ wanted: String, _ finding: (Finding) -> Void) -> Bool {
        guard !name.contains("/"), name != "..", name != "." else {
            finding(Finding(.objectName, name, "the sign file names a file elsewhere: it was not read"))
            return false
        }
        do throws(ConfinedDirectory.Problem) {
            let file = try directory.open(name)
            let hash = SHA256()
            var at = 0
            while at < file.byteCount {
                let part = try file.read(at: at, count: Self.partByteCount)
                if part.isEmpty { break }
                hash.update(part)
                at += part.count
            }
            let found = hash.finish().hex
            if found == wanted { return true }
            finding(
                Finding(
                    .resultsAltered, name, expected: wanted, found: found,
                    "ValidationError: File \(name) has inconsistent hash value with hash value recorded in sign file, hash value in "
                        + "sign file is \(wanted), but get \(found)"))
        } catch {
            switch error {
            case .notFound:
                finding(
                    Finding(
                        .resultsMissing, name, found: "nothing", "a result file that the sign file names is not there"))
            case .irregular(let what):
                finding(Finding(.objectIrregular, name, expected: "a file", found: what, "it was not read"))
            case .denied: finding(Finding(.objectUnreadable, name, "it may not be read"))
            case .failed(let code):
                finding(Finding(.objectTransient, name, found: "error \(code)", "it could not be read now"))
            }
        }
        return false
    }

    /// Result files beside those that are signed.
    private func strangers(_ names: Set<String>, _ finding: (Finding) -> Void) {
        for entry in (try? directory.list("")) ?? [] {
            guard let name = entry.name, name.hasPrefix("result_"), !names.contains(name) else { continue }
            finding(Finding(.objectUnexpected, name, "a result file lies here that the sign file does not name"))
        }
    }
}
