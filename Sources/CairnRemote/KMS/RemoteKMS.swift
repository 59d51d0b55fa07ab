import AsyncHTTPClient
package import CairnFormat
package import CairnKeys
package import CairnNative
package import CairnSystem
import FoundationEssentials
import NIOCore
import NIOHTTP1

/// A key service over the HTTP API of a KMS, AWS's or one that speaks like it.
///
/// Files carry what the KMS made of their data keys (provider `aws-kms`); there are no trail keys, so nothing of them can
/// be rewrapped or shredded here. What it answers is checked: the key must be the one that was asked for.
package struct RemoteKMS: KeyService {
    /// A managed key as DescribeKey shows it.
    package struct Description: Sendable, Equatable {
        package var arn: KeyARN
        /// `Enabled`, `Disabled`, `PendingDeletion`, …
        package var state: String
    }

    /// The largest answer that is read.
    private static let answerByteCountMax = 64 << 10
    private static let timeoutSeconds: Int64 = 10

    private let endpoint: String
    private let host: String
    private let credentials: SigV4Credentials
    private let time: any TimeSource
    private let client: HTTPClient

    /// - Parameters:
    ///   - endpoint: `https://HOST[:PORT]`; `http://` for loopback only, since answers hold data keys in clear.
    package init(
        endpoint: String, credentials: SigV4Credentials, time: any TimeSource
    ) throws(KeyError) {
        let parts = endpoint.split(separator: "://", maxSplits: 1).map(String.init)
        guard parts.count == 2, ["http", "https"].contains(parts[0]), !parts[1].isEmpty,
            !parts[1].contains(where: { "/@?#".contains($0) })
        else { throw .refused("the KMS endpoint '\(endpoint)': expected https://HOST or https://HOST:PORT") }
        host = parts[1]
        let name =
            host.hasPrefix("[") ? String(host.dropFirst().prefix { $0 != "]" }) : String(host.prefix { $0 != ":" })
        guard parts[0] == "https" || ["127.0.0.1", "localhost", "::1"].contains(name) else {
            throw .refused(
                "the KMS endpoint '\(endpoint)' is not taken: its answers hold data keys in clear, so it must be https unless "
                    + "it is on this machine")
        }
        self.endpoint = endpoint
        self.credentials = credentials
        self.time = time
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(5), read: .seconds(Self.timeoutSeconds))
        configuration.redirectConfiguration = .disallow
        // Trying again is delivery's: it holds the lane, and says so.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    package func close() async { try? await client.shutdown() }

    // MARK: KeyService

    package func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        let asked = Parameters(
            keyID: use.key.description, context: Self.context(use.context), keySpec: "AES_256")
        let answer = try await call("GenerateDataKey", asked, key: use.key)
        let reply: Answer = try answer.decoded()
        guard reply.keyID == use.key.description else {
            throw .untrustedAnswer(
                service: endpoint, reason: "a data key of \(reply.keyID ?? "no key"), not of \(use.key)")
        }
        guard let blob = reply.ciphertext, !blob.isEmpty, blob.count <= 6_144 else {
            throw .untrustedAnswer(service: endpoint, reason: "a data key without a ciphertext")
        }
        return DataKey(
            try answer.plaintext(), wraps: [WrappedDataKey(kmsKey: use.key.description, ciphertext: Array(blob))],
            version: use.key.description)
    }

    package func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        guard wrap.provider == WrappedDataKey.kmsProvider, let text = String(validating: wrap.info, as: UTF8.self),
            let key = try? KeyARN(text)
        else { throw .unknownKey("\(wrap)") }
        let asked = Parameters(
            keyID: key.description, context: Self.context(context), ciphertext: Data(wrap.ciphertext))
        let answer = try await call("Decrypt", asked, key: key)
        let reply: Answer = try answer.decoded()
        guard reply.keyID == key.description else {
            throw .untrustedAnswer(service: endpoint, reason: "opened with \(reply.keyID ?? "no key"), not with \(key)")
        }
        return try answer.plaintext()
    }

    // MARK: Other calls

    /// How a key stands.
    package func describe(_ key: String) async throws(KeyError) -> Description {
        let answer = try await call("DescribeKey", Parameters(keyID: key), key: try? KeyARN(key))
        let reply: DescribeAnswer = try answer.decoded()
        guard let arn = try? KeyARN(reply.metadata.arn) else {
            throw .untrustedAnswer(service: endpoint, reason: "'\(reply.metadata.arn)' is no ARN of a key")
        }
        return Description(arn: arn, state: reply.metadata.state)
    }

    /// Wraps under another key what a key wraps, without showing what it is.
    package func reEncrypt(
        _ wrap: WrappedDataKey, context: EncryptionContext, to key: KeyARN
    ) async throws(KeyError) -> WrappedDataKey {
        let old = String(validating: wrap.info, as: UTF8.self) ?? ""
        let asked = ReEncryptParameters(
            ciphertext: Data(wrap.ciphertext), source: old, sourceContext: Self.context(context),
            destination: key.description, destinationContext: Self.context(context))
        let reply: Answer = try await call("ReEncrypt", asked, key: key).decoded()
        guard reply.keyID == key.description, let blob = reply.ciphertext else {
            throw .untrustedAnswer(
                service: endpoint, reason: "wrapped under \(reply.keyID ?? "no key"), not under \(key)")
        }
        return WrappedDataKey(kmsKey: key.description, ciphertext: Array(blob))
    }

    // MARK: The wire

    private struct Parameters: Encodable {
        var keyID: String
        var context: [String: String]?
        var keySpec: String?
        var ciphertext: Data?

        enum CodingKeys: String, CodingKey {
            case keyID = "KeyId"
            case context = "EncryptionContext"
            case keySpec = "KeySpec"
            case ciphertext = "CiphertextBlob"
        }
    }

    private struct ReEncryptParameters: Encodable {
        var ciphertext: Data
        var source: String
        var sourceContext: [String: String]?
        var destination: String
        var destinationContext: [String: String]?

        enum CodingKeys: String, CodingKey {
            case ciphertext = "CiphertextBlob"
            case source = "SourceKeyId"
            case sourceContext = "SourceEncryptionContext"
            case destination = "DestinationKeyId"
            case destinationContext = "DestinationEncryptionContext"
        }
    }

    private struct Answer: Decodable {
        var keyID: String?
        var ciphertext: Data?

        enum CodingKeys: String, CodingKey {
            case keyID = "KeyId"
            case ciphertext = "CiphertextBlob"
        }
    }

    private struct DescribeAnswer: Decodable {
        struct Metadata: Decodable {
            var arn: String
            var state: String

            enum CodingKeys: String, CodingKey {
                case arn = "Arn"
                case state = "KeyState"
            }
        }
        var metadata: Metadata

        enum CodingKeys: String, CodingKey { case metadata = "KeyMetadata" }
    }

    private struct Problem: Decodable {
        var type: String?
        var message: String?
        var otherMessage: String?

        enum CodingKeys: String, CodingKey {
            case type = "__type"
            case message
            case otherMessage = "Message"
        }
    }

    private static func context(_ context: EncryptionContext) -> [String: String]? {
        context.pairs.isEmpty ? nil : Dictionary(uniqueKeysWithValues: context.pairs.map { ($0.name, $0.value) })
    }

    private func call(_ operation: String, _ parameters: some Encodable, key: KeyARN?) async throws(KeyError)
        -> KMSAnswer
    {
        guard let body = try? JSONEncoder().encode(parameters) else {
            throw .refused("a call of the KMS cannot be written")
        }
        let headers = [
            (name: "host", value: host), (name: "content-type", value: "application/x-amz-json-1.1"),
            (name: "x-amz-target", value: "TrentService.\(operation)"),
        ]
        let signer = SigV4Signer(credentials, region: key?.region.name ?? "us-east-1", service: "kms")
        let signature = signer.sign(
            SigV4Request(
                method: "POST", path: "/", headers: headers, bodyHash: SHA256.hash(Array(body)).hex),
            at: time.now.seconds)
        var request = HTTPClientRequest(url: endpoint + "/")
        request.method = .POST
        for (name, value) in headers where name != "host" { request.headers.add(name: name, value: value) }
        for (name, value) in signature.headers { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: body))
        let status: Int
        var answer: ByteBuffer
        do {
            let response = try await client.execute(request, timeout: .seconds(Self.timeoutSeconds))
            status = Int(response.status.code)
            answer = try await response.body.collect(upTo: Self.answerByteCountMax)
        } catch {
            throw .unavailable("the KMS at \(endpoint) does not answer \(operation): \(error)")
        }
        guard status == 200 else { throw Self.error(status, Array(answer.readableBytesView), operation, key, endpoint) }
        return KMSAnswer(taking: &answer, service: endpoint)
    }

    /// What an answer that is no success means for whoever asked.
    private static func error(
        _ status: Int, _ body: [UInt8], _ operation: String, _ key: KeyARN?, _ endpoint: String
    ) -> KeyError {
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
        let type = (problem?.type ?? "").split(separator: "#").last.map(String.init) ?? ""
        let message = String((problem?.message ?? problem?.otherMessage ?? "no reason given").prefix(300))
        switch type {
        case "NotFoundException": return .unknownKey(key.map { "\($0)" } ?? message)
        case "DisabledException": return key.map { .disabled($0) } ?? .refused(message)
        case "KMSInvalidStateException": return key.map { .pendingDeletion($0) } ?? .refused(message)
        case "InvalidCiphertextException", "IncorrectKeyException":
            return .damagedRecord(key: key.map { "\($0)" } ?? "?", reason: "the KMS does not open it: \(type)")
        case "AccessDeniedException", "UnrecognizedClientException", "InvalidSignatureException",
            "ExpiredTokenException", "InvalidClientTokenId":
            return .refused(
                "AccessDenied: the KMS at \(endpoint) refuses \(operation) (\(type): \(message)); check the credentials and the "
                    + "policy of the key")
        default:
            return .unavailable(
                "the KMS at \(endpoint) answers \(operation) with status \(status)\(type.isEmpty ? "" : " (\(type): \(message))")"
            )
        }
    }
}
