import CairnNative

/// What a signature holds for: a day, a Region and a service.
struct SigV4Scope: Sendable, Equatable, CustomStringConvertible {
    /// `yyyymmdd`
    let date: String
    let region: String
    let service: String

    var description: String { "\(date)/\(region)/\(service)/aws4_request" }

    /// Lower-case hex.
    func signature(of text: String, by secretAccessKey: KeyMaterial) -> String {
        let prefix = Array("AWS4".utf8)
        var key = secretAccessKey.secret.withKeyBytes { secret in
            Secret(count: prefix.count + secret.count) { (bytes: inout MutableSpan<UInt8>) in
                for i in prefix.indices { bytes[i] = prefix[i] }
                for i in secret.indices { bytes[prefix.count + i] = secret[i] }
            }
        }
        for step in [date, region, service, "aws4_request"] { key = HMAC.sha256(key: key, Array(step.utf8)) }
        let signature = SecretText.hex(HMAC.sha256(key: key, Array(text.utf8)))
        return signature.withKeyBytes { digits in String(decoding: digits.indices.map { digits[$0] }, as: UTF8.self) }
    }
}
