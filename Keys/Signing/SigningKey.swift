package import CairnFormat

/// The public half of a key that signs the digests of one Region, with the window in which it does.
package struct SigningKey: Sendable, Equatable, Codable {
    package let region: Region
    /// Lower-case hex of the DER's MD5, as CloudTrail names keys.
    package let fingerprint: String
    /// The window, in ms since 1970: from `from` to before `until`.
    package let from: Int64
    package let until: Int64
    /// Whether the private half has been destroyed.
    package var isRetired = false
    private let publicKey: PublicBytes
    private var signature: PublicBytes?

    private enum CodingKeys: String, CodingKey {
        case region, fingerprint, from, until, isRetired
        case publicKey = "der"
        case signature = "anchorSignature"
    }

    package init(region: Region, der: [UInt8], fingerprint: String, from: Int64, until: Int64) {
        (self.region, self.fingerprint, self.from, self.until) = (region, fingerprint, from, until)
        publicKey = PublicBytes(der)
    }

    /// DER of the PKCS#1 `RSAPublicKey`.
    package var der: [UInt8] { publicKey.bytes }

    /// The anchor's signature over ``voucher``; nil while the anchor is elsewhere.
    package var anchorSignature: [UInt8]? {
        get { signature?.bytes }
        set { signature = newValue.map { PublicBytes($0) } }
    }

    /// The bytes that the anchor signs: Region, DER and window.
    package var voucher: [UInt8] {
        Array("cairn signing key\n\(region)\n\(from)\n\(until)\n".utf8) + der
    }

    package func isValid(at milliseconds: Int64) -> Bool { from <= milliseconds && milliseconds < until }
}
