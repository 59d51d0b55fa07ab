package import CairnFormat
import CairnKeys
import CairnNative

extension SigV4Credentials {
    /// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, if it is set, `AWS_SESSION_TOKEN`; nil when they are not set.
    package static func environment(_ value: (String) -> String?) -> SigV4Credentials? {
        guard let id = value("AWS_ACCESS_KEY_ID"), !id.isEmpty,
            let secret = SecretFile.environment("AWS_SECRET_ACCESS_KEY")
        else { return nil }
        let token = value("AWS_SESSION_TOKEN")
        return SigV4Credentials(
            accessKeyID: id, secretAccessKey: KeyMaterial(secret), sessionToken: token?.isEmpty == true ? nil : token)
    }
}
