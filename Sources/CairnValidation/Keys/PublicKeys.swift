import CairnFormat
import CairnNative
import FoundationEssentials

/// The public keys that digests are verified with, and how far they are to be believed.
package struct PublicKeys: Sendable {
    /// How keys came to the validator.
    package enum Origin: Sendable, Equatable {
        /// Given from elsewhere than the archive.
        case given(String)
        /// Lying beside the archive, or from an endpoint without TLS: whoever wrote the archive may have written them.
        case found(String)
    }

    /// One key.
    struct Key: Sendable {
        let der: [UInt8]
        let key: RSAPublicKey
        /// Lower-case hex of the SHA-256 of the DER.
        let sha256: String
        let fingerprint: String
        /// The window, in seconds since 1970.
        let from: Int64
        let until: Int64
        /// The Region that it signs for; nil when the list does not say.
        let region: String?
        var isTrusted: Bool
    }

    private(set) var keys: [String: [Key]] = [:]
    package private(set) var findings: [Finding] = []
    /// Pins that no key and no anchor has.
    private var unusedPins: Set<String>
    private let pins: Set<String>
    private(set) var origins: [String] = []

    /// - Parameter pins: SHA-256 of the anchor's or a key's DER, in lower-case hex.
    package init(pins: [String]) {
        self.pins = Set(pins)
        unusedPins = self.pins
    }

    package var isEmpty: Bool { keys.isEmpty }
    /// How far the keys are to be believed, for the first line.
    package var provenance: String {
        let from = origins.joined(separator: ", ")
        if untrusted.isEmpty { return pins.isEmpty ? "given (\(from))" : "\(from), pinned" }
        return "found beside the archive, not pinned (\(from)): "
            + untrusted.map { "sha256:\($0)" }.joined(separator: " ")
    }
    /// Keys that are only found, and which no pin covers, by their SHA-256.
    var untrusted: [String] { keys.values.joined().filter { !$0.isTrusted }.map(\.sha256).sorted() }

    /// The keys of a fingerprint that may sign for a Region.
    func keys(_ fingerprint: String, region: String) -> [Key] {
        (keys[fingerprint] ?? []).filter { $0.region == nil || $0.region == region }
    }

    /// Pins that nothing has.
    package mutating func finish() {
        for pin in unusedPins.sorted() {
            findings.append(
                Finding(
                    .keyPin, "sha256:\(pin)",
                    "no key and no anchor has the pinned hash: the archive's keys were replaced, or the "
                        + "pin is another deployment's"))
        }
        unusedPins = []
    }

    /// Takes in a list of keys: what ListPublicKeys answers (reference 3.7), or cairn's `public-keys.json`.
    ///
    /// - Parameter region: the Region whose keys they are where the list does not say.
    package mutating func add(_ json: [UInt8], from origin: Origin, region: String? = nil) {
        let (name, isGiven) =
            switch origin {
            case .given(let name): (name, true)
            case .found(let name): (name, false)
            }
        origins.append(name)
        let tree: StrictJSON
        do throws(StrictJSON.Problem) { tree = try StrictJSON.parse(json) } catch {
            findings.append(Finding(.keyFormat, name, "the list of public keys is no JSON: \(error)"))
            return
        }
        guard let list = tree["PublicKeyList"]?.list else {
            findings.append(
                Finding(
                    .keyFormat, name, expected: "PublicKeyList, a list",
                    found: tree["PublicKeyList"]?.shown ?? "nothing",
                    "the list of public keys has no member PublicKeyList"))
            return
        }
        let anchor = anchor(tree["Anchor"], name)
        for (i, entry) in list.enumerated() { add(entry, "\(name) key \(i + 1)", anchor, region, isGiven: isGiven) }
    }

    private mutating func anchor(_ entry: StrictJSON?, _ name: String) -> (key: RSAPublicKey, isPinned: Bool)? {
        guard let entry, !entry.isNull else { return nil }
        guard let der = entry["Value"]?.text.flatMap(Self.base64), let key = try? RSAPublicKey(pkcs1: der) else {
            findings.append(Finding(.keyFormat, "\(name) anchor", "the anchor is no RSA key in PKCS#1 form"))
            return nil
        }
        return (key, covers(SHA256.hash(der).hex))
    }

    private mutating func covers(_ hash: String) -> Bool {
        unusedPins.remove(hash)
        return pins.contains(hash)
    }

    private mutating func add(
        _ entry: StrictJSON, _ name: String, _ anchor: (key: RSAPublicKey, isPinned: Bool)?, _ asked: String?,
        isGiven: Bool
    ) {
        guard let der = entry["Value"]?.text.flatMap(Self.base64) else {
            findings.append(
                Finding(
                    .keyFormat, name, expected: "Value, base64", found: entry["Value"]?.shown ?? "nothing",
                    "a public key has no value"))
            return
        }
        let fingerprint = RSAPublicKey.fingerprint(pkcs1: der)
        let key: RSAPublicKey
        do throws(RSAPublicKey.Problem) { key = try RSAPublicKey(pkcs1: der) } catch {
            findings.append(
                Finding(
                    .keyFormat, name, expected: "DER of a PKCS#1 RSAPublicKey, 2,048 to 4,096 bits, exponent 65537",
                    found: "\(error)", "a public key cannot be loaded"))
            return
        }
        guard let from = Self.time(entry["ValidityStartTime"]), let until = Self.time(entry["ValidityEndTime"]) else {
            findings.append(
                Finding(
                    .keyFormat, name, expected: "ValidityStartTime and ValidityEndTime",
                    found:
                        "\(entry["ValidityStartTime"]?.shown ?? "nothing"), \(entry["ValidityEndTime"]?.shown ?? "nothing")",
                    "a public key has no window"))
            return
        }
        if let stated = entry["Fingerprint"]?.text, stated != fingerprint {
            findings.append(
                Finding(
                    .keyFingerprint, name, expected: fingerprint, found: stated,
                    "the fingerprint is not that of the key: the list was changed"))
        }
        let sha256 = SHA256.hash(der).hex
        let region = entry["Region"]?.text ?? asked
        var isTrusted = covers(sha256) || isGiven
        if let voucher = entry["AnchorSignature"]?.text, let anchor {
            let message =
                Array("cairn signing key\n\(region ?? "")\n\(from * 1_000)\n\(until * 1_000)\n".utf8) + der
            if let signature = Self.base64(voucher), anchor.key.verifies(signature, of: message) {
                if anchor.isPinned { isTrusted = true }
            } else {
                findings.append(
                    Finding(
                        .keyVoucher, name,
                        "the anchor's signature over the key, its Region and its window does not hold: one of "
                            + "them was changed"))
            }
        }
        let made = Key(
            der: der, key: key, sha256: sha256, fingerprint: fingerprint, from: from, until: until, region: region,
            isTrusted: isTrusted)
        for other in keys[fingerprint] ?? [] where other.der != der {
            findings.append(
                Finding(
                    .keyDuplicate, name, expected: other.sha256, found: sha256,
                    "two keys have one fingerprint, \(fingerprint): both are tried"))
        }
        if let i = keys[fingerprint]?.firstIndex(where: {
            $0.der == der && $0.from == from && $0.until == until && $0.region == region
        }) {
            if isTrusted { keys[fingerprint]?[i].isTrusted = true }
        } else {
            keys[fingerprint, default: []].append(made)
        }
    }

    private static func base64(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }

    /// Seconds since 1970, as a number or as an ISO 8601 text.
    private static func time(_ value: StrictJSON?) -> Int64? {
        switch value {
        case .number(let text): Double(text).flatMap { $0.magnitude < 1e12 ? Int64($0) : nil }
        case .string(let text): MomentText.seconds(text)
        default: nil
        }
    }
}
