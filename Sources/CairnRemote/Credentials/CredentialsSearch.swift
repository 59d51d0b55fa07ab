import CairnFormat
import CairnNative
import CairnSystem

/// One look for credentials, place by place.
struct CredentialsSearch: Sendable {
    /// A profile's files may be changed by other programs: they are read again after this time.
    private static let profileLife = Duration.seconds(600)
    private static let fileByteCountMax = 1 << 20

    let settings: CredentialsSettings
    let calls: PlainCalls
    let now: Timestamp

    func run() async throws(CredentialsProblem) -> HeldCredentials {
        if let found = SigV4Credentials.environment(settings.variable) { return HeldCredentials(credentials: found) }
        if let found = try await webIdentity() { return found }
        if let found = try profile() { return found }
        if let found = try await container() { return found }
        if let found = try await instance() { return found }
        throw CredentialsProblem(
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile in "
                + "\(settings.profileFiles.credentials), or run where a container or an instance has a role")
    }

    // MARK: A profile

    private func profile() throws(CredentialsProblem) -> HeldCredentials? {
        let (credentials, configuration) = settings.profileFiles
        let name = settings.profile
        let sections = [(credentials, name), (configuration, name == "default" ? name : "profile \(name)")]
        for (path, section) in sections {
            let text: Secret
            do throws(SecretFile.Problem) {
                text = try SecretFile.read(
                    path, limit: Self.fileByteCountMax, isPrivate: false, followsLinks: true)
            } catch .notFound, .empty { continue } catch {
                throw CredentialsProblem("\(path) cannot be read: \(error)")
            }
            guard let id = SecretText.iniValue("aws_access_key_id", section: section, of: text) else {
                for other in ["credential_process", "sso_session", "sso_start_url", "role_arn"]
                where SecretText.iniValue(other, section: section, of: text) != nil {
                    throw CredentialsProblem(
                        "profile \(name) in \(path) has \(other), which cairn does not do: give it "
                            + "aws_access_key_id and aws_secret_access_key, or set AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"
                    )
                }
                continue
            }
            guard let secret = SecretText.iniValue("aws_secret_access_key", section: section, of: text) else {
                throw CredentialsProblem("profile \(name) in \(path) has no aws_secret_access_key")
            }
            let token = SecretText.openText(SecretText.iniValue("aws_session_token", section: section, of: text))
            return HeldCredentials(
                credentials: SigV4Credentials(
                    accessKeyID: SecretText.openText(id), secretAccessKey: KeyMaterial(secret), sessionToken: token),
                expiresAt: now + Self.profileLife)
        }
        guard settings.variable("AWS_PROFILE") == nil else {
            throw CredentialsProblem(
                "AWS_PROFILE names \(name), which neither \(credentials) nor \(configuration) has with credentials")
        }
        return nil
    }

    // MARK: A web identity

    private func webIdentity() async throws(CredentialsProblem) -> HeldCredentials? {
        guard let path = settings.variable("AWS_WEB_IDENTITY_TOKEN_FILE"), let role = settings.variable("AWS_ROLE_ARN")
        else { return nil }
        let token: String
        do throws(SecretFile.Problem) {
            let read = try SecretFile.read(path, limit: 20_000, isPrivate: false, followsLinks: true)
            token = SecretText.openText(SecretText.withoutLineFeed(read)) ?? ""
        } catch { throw CredentialsProblem("AWS_WEB_IDENTITY_TOKEN_FILE \(path) cannot be read: \(error)") }
        let endpoint = settings.variable("AWS_ENDPOINT_URL_STS") ?? "https://sts.\(settings.region).amazonaws.com"
        do throws(ServiceEndpoint.Problem) { _ = try ServiceEndpoint(endpoint) } catch {
            throw CredentialsProblem("AWS_ENDPOINT_URL_STS \(error)")
        }
        let name = settings.variable("AWS_ROLE_SESSION_NAME") ?? "cairn"
        let body = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", name), ("WebIdentityToken", token),
        ].map { $0 + "=" + SigV4Request.encoded($1, keepsSlash: false) }.joined(separator: "&")
        let answer = try await calls.call(
            endpoint + "/", method: "POST", headers: [("content-type", "application/x-www-form-urlencoded")],
            body: Array(body.utf8))
        return try held(answer, "STS at \(endpoint)") { SecretText.xmlElement($0, of: $1) }
    }

    // MARK: A container

    private func container() async throws(CredentialsProblem) -> HeldCredentials? {
        let url: String
        if let path = settings.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
            url = "http://169.254.170.2\(path.hasPrefix("/") ? "" : "/")\(path)"
        } else if let full = settings.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
            guard Self.isAgent(full) else {
                throw CredentialsProblem(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI \(full): expected https, this machine, or the agent's address")
            }
            url = full
        } else {
            return nil
        }
        var headers: [(String, String)] = []
        if let path = settings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") {
            do throws(SecretFile.Problem) {
                let read = try SecretFile.read(path, limit: 20_000, isPrivate: false, followsLinks: true)
                if let token = SecretText.withoutLineFeed(read) {
                    headers.append(("authorization", SecretText.openText(token)))
                }
            } catch {
                throw CredentialsProblem("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE \(path) cannot be read: \(error)")
            }
        } else if let token = settings.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            headers.append(("authorization", token))
        }
        guard headers.allSatisfy({ !$0.1.contains { $0.isNewline } }) else {
            throw CredentialsProblem("the container's authorization token has more than one line")
        }
        return try held(try await calls.call(url, headers: headers), "the container's agent at \(url)") {
            SecretText.jsonMember($0, of: $1)
        }
    }

    /// Whether an address may be asked: by TLS, or where nobody else answers.
    static func isAgent(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return true }
        guard url.hasPrefix("http://") else { return false }
        let rest = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !rest.contains("@") else { return false }
        let host = rest.hasPrefix("[") ? rest.dropFirst().prefix { $0 != "]" } : rest.prefix { $0 != ":" }
        return ["127.0.0.1", "localhost", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"].contains(
            String(host))
    }

    // MARK: An instance

    private func instance() async throws(CredentialsProblem) -> HeldCredentials? {
        if settings.variable("AWS_EC2_METADATA_DISABLED")?.lowercased() == "true" { return nil }
        let endpoint = settings.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? "http://169.254.169.254"
        let base = endpoint.hasSuffix("/") ? String(endpoint.dropLast()) : endpoint
        // Where there is no such service, there is no role either.
        let begun: PlainCalls.Answer
        do throws(CredentialsProblem) {
            begun = try await calls.call(
                "\(base)/latest/api/token", method: "PUT", headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")])
        } catch { return nil }
        guard begun.status == 200, let token = begun.text.map({ SecretText.openText($0.secret) }) else { return nil }
        let headers = [("x-aws-ec2-metadata-token", token)]
        let path = "\(base)/latest/meta-data/iam/security-credentials/"
        let roles = try await calls.call(path, headers: headers)
        guard roles.status == 200, let text = roles.text.map({ SecretText.openText($0.secret) }),
            let role = text.split(whereSeparator: { $0.isNewline }).first,
            !role.contains(where: { "/?# ".contains($0) })
        else { return nil }
        return try held(try await calls.call(path + role, headers: headers), "the instance's service at \(base)") {
            SecretText.jsonMember($0, of: $1)
        }
    }

    // MARK: Answers

    /// Credentials of an answer, whose fields have the same names everywhere.
    private func held(
        _ answer: PlainCalls.Answer, _ place: String, _ field: (String, borrowing Secret) -> Secret?
    ) throws(CredentialsProblem) -> HeldCredentials {
        guard answer.status == 200, let text = answer.text else {
            throw CredentialsProblem("\(place) answers with status \(answer.status), not with credentials")
        }
        guard let id = field("AccessKeyId", text.secret), let secret = field("SecretAccessKey", text.secret) else {
            throw CredentialsProblem("\(place) answers without AccessKeyId and SecretAccessKey")
        }
        let token =
            SecretText.openText(field("Token", text.secret)) ?? SecretText.openText(field("SessionToken", text.secret))
        var expiresAt: Timestamp?
        if let text = SecretText.openText(field("Expiration", text.secret)) {
            let whole = text.split(separator: ".").first.map { text.contains(".") ? $0 + "Z" : $0[...] } ?? ""
            guard let time = EventTime(iso8601: whole.utf8) else {
                throw CredentialsProblem("\(place) says that they expire at '\(text.prefix(40))', which is no time")
            }
            expiresAt = Timestamp(milliseconds: time.seconds * 1_000)
        }
        return HeldCredentials(
            credentials: SigV4Credentials(
                accessKeyID: SecretText.openText(id), secretAccessKey: KeyMaterial(secret), sessionToken: token),
            expiresAt: expiresAt)
    }
}
