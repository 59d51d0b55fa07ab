package import CairnNative
package import CairnSystem

/// New credentials of a principal.
package struct Credentials: Sendable {
    /// `AKIA` and 16 of `A–Z2–7`.
    package let accessKeyID: String
    private let secretAccessKey: String
    /// A bearer token of 32 random bytes, in hex.
    package let token: String

    package init(random: any RandomSource) {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)
        accessKeyID = "AKIA" + String(decoding: random.bytes(16).map { letters[Int($0 & 31)] }, as: UTF8.self)
        let base64 = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        secretAccessKey = String(decoding: random.bytes(40).map { base64[Int($0 & 63)] }, as: UTF8.self)
        token = random.bytes(32).map { byte in
            let text = String(byte, radix: 16)
            return text.utf8.count == 1 ? "0" + text : text
        }.joined()
    }

    /// The secret half of the access key, to be kept in the keyring.
    package var secret: KeyMaterial { KeyMaterial(Secret(Array(secretAccessKey.utf8).span)) }

    /// As a profile `cairn` of the AWS tools' credentials file.
    package var profile: String { profile(named: "cairn") }

    package func profile(named name: String) -> String {
        "[\(name)]\naws_access_key_id = \(accessKeyID)\naws_secret_access_key = \(secretAccessKey)\ncairn_token = \(token)\n"
    }
}
