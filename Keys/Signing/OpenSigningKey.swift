import CairnFormat
import CairnNative
import CairnSystem

/// A signing key with its private half in memory, for some signatures one after another.
package final class OpenSigningKey: Sendable {
    package let key: SigningKey
    private let secret: RSAPrivateKey
    private let published: RSAPublicKey
    private let time: any TimeSource

    init(_ key: SigningKey, _ secret: RSAPrivateKey, time: any TimeSource) throws(RSAPublicKey.Problem) {
        (self.key, self.secret, self.time) = (key, secret, time)
        published = try RSAPublicKey(pkcs1: key.der)
    }

    /// Signs while the key's window is open: PKCS#1 v1.5 with SHA-256. The signature is verified before it is given out.
    package func sign(_ message: [UInt8]) throws(KeyError) -> [UInt8] {
        guard key.isValid(at: time.now.milliseconds) else {
            throw .refused("the window of signing key \(key.fingerprint) of \(key.region) is not open")
        }
        let signature = secret.sign(message)
        guard published.verifies(signature, of: message) else {
            throw .damagedRecord(
                key: Keyring.signingKeyDocument(key), reason: "what it signs does not verify with its public half")
        }
        return signature
    }
}
