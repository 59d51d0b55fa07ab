package import CairnFormat
package import CairnKeys
package import CairnNative
package import CairnSystem
import FoundationEssentials
import NIOCore

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

    private let calls: SignedCalls
    private var endpoint: String { calls.endpoint.text }

    /// - Parameter endpoint: see ``ServiceEndpoint``.
    package init(
        endpoint: String, credentials: SigV4Credentials, time: any TimeSource
    ) throws(KeyError) {
        let place: ServiceEndpoint
        do throws(ServiceEndpoint.Problem) { place = try ServiceEndpoint(endpoint) } catch {
            throw .refused("the KMS endpoint \(error)")
        }
        self.init(place, credentials: credentials, time: time)
    }

    package init(_ endpoint: ServiceEndpoint, credentials: SigV4Credentials, time: any TimeSource) {
        calls = SignedCalls(endpoint, service: "kms", credentials: CredentialsChain(fixed: credentials), time: time)
    }

    package func close() async { await calls.close() }

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

    private static func context(_ context: EncryptionContext) -> [String: String]? {
        context.pairs.isEmpty ? nil : Dictionary(uniqueKeysWithValues: context.pairs.map { ($0.name, $0.value) })
    }

    private func call(_ operation: String, _ parameters: some Encodable, key: KeyARN?) async throws(KeyError)
        -> KMSAnswer
    {
        guard let body = try? JSONEncoder().encode(parameters) else {
            throw .refused("a call of the KMS cannot be written")
        }
        var answer: SignedCalls.Answer
        do throws(SignedCalls.Unanswered) {
            answer = try await calls.call(
                .json(version: "1.1", target: "TrentService.\(operation)"), Array(body),
                region: key?.region.name ?? "us-east-1",
                limit: Self.answerByteCountMax)
        } catch { throw .unavailable("the KMS at \(endpoint) does not answer \(operation): \(error.reason)") }
        guard answer.status == 200 else {
            throw Self.error(
                answer.status, ServiceProblem(answer.body.readableBytesView), operation, key, endpoint)
        }
        return KMSAnswer(taking: &answer.body, service: endpoint)
    }

    /// What an answer that is no success means for whoever asked.
    private static func error(
        _ status: Int, _ problem: ServiceProblem, _ operation: String, _ key: KeyARN?, _ endpoint: String
    ) -> KeyError {
        let (type, message) = (problem.type, problem.message)
        if problem.isAboutCredentials {
            return .refused(
                "AccessDenied: the KMS at \(endpoint) refuses \(operation) (\(type): \(message)); check the credentials and the "
                    + "policy of the key")
        }
        switch type {
        case "NotFoundException": return .unknownKey(key.map { "\($0)" } ?? message)
        case "DisabledException": return key.map { .disabled($0) } ?? .refused(message)
        case "KMSInvalidStateException": return key.map { .pendingDeletion($0) } ?? .refused(message)
        case "InvalidCiphertextException", "IncorrectKeyException":
            return .damagedRecord(key: key.map { "\($0)" } ?? "?", reason: "the KMS does not open it: \(type)")
        default:
            return .unavailable(
                "the KMS at \(endpoint) answers \(operation) with status \(status)\(type.isEmpty ? "" : " (\(type): \(message))")"
            )
        }
    }
}
