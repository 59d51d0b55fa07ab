import CairnCatalog
import CairnFormat
import CairnNative
package import CairnSystem
import HTTPTypes
import Hummingbird
import NIOCore

/// The services that take signed requests, behind one verification.
package struct SignedServices: Sendable {
    /// The largest body of a request: a batch of SQS.
    private static let bodyByteCountMax = 256 << 10
    private static let bodyTimeout = Duration.seconds(20)

    private let keys: AccessKeys
    private let objects: ObjectService
    private let queues: QueuePort
    private let budget: BodyBudget
    private let presignedSecondsMax: Int
    private let time: any TimeSource
    private let random: any RandomSource

    /// - Parameters:
    ///   - budget: what all bodies in flight may take together.
    ///   - presignedSecondsMax: for how long a presigned URL may be good.
    package init(
        keys: AccessKeys, objects: ObjectService, queues: QueuePort, budget: BodyBudget, presignedSecondsMax: Int,
        time: any TimeSource, random: any RandomSource
    ) {
        (self.keys, self.objects, self.queues, self.budget) = (keys, objects, queues, budget)
        (self.presignedSecondsMax, self.time, self.random) = (presignedSecondsMax, time, random)
    }

    func answer(_ request: Request, peer: String) async -> Response {
        let id = UniqueID(random: random.bytes(16))
        var service = "s3"
        do throws(ServiceFailure) {
            var taken = 0
            defer { budget.release(taken) }
            let body = try await body(of: request, taking: &taken)
            guard let asked = ServiceRequest(request, body: body) else {
                throw ServiceFailure(400, "InvalidURI", "the URL is not UTF-8 once its escapes are resolved")
            }
            service = asked.claimedService ?? "s3"
            let caller = try await caller(of: asked, service, peer: peer, id)
            switch service {
            case "sqs": return try await queues.answer(asked, caller)
            default: return try await objects.answer(asked, caller)
            }
        } catch {
            return service == "sqs"
                ? queues.refusal(error, isQuery: request.headers[.contentType]?.contains("json") != true, id)
                : ObjectDocument.refusal(error, path: request.head.path ?? "/", id, isHead: request.method == .head)
        }
    }

    /// What is answered to somebody who reads a bucket, and does not say who that is.
    func unsigned(_ request: Request) -> Response {
        ObjectDocument.refusal(
            Self.failure(.missing), path: request.head.path ?? "/", UniqueID(random: random.bytes(16)),
            isHead: request.method == .head)
    }

    /// Whose request it is, if its signature is true.
    private func caller(
        of request: ServiceRequest, _ service: String, peer: String, _ id: UniqueID
    ) async throws(ServiceFailure) -> Caller {
        guard ["s3", "sqs"].contains(service) else {
            throw ServiceFailure(
                403, "SignatureDoesNotMatch",
                "the request is signed for the service '\(service.prefix(32))': here are s3 and sqs")
        }
        let claim: SigV4Claim
        do throws(SigV4Refusal) {
            claim = try SigV4Claim(
                request.signed(bodyHash: ""), service: service, presignedSecondsMax: presignedSecondsMax)
        } catch {
            throw Self.failure(error)
        }
        let holder: AccessKeys.Holder?
        do throws(DoorError) { holder = try await keys.holder(claim.accessKeyID) } catch {
            throw ServiceFailure(503, "ServiceUnavailable", error.description)
        }
        do throws(SigV4Refusal) {
            try claim.verify(
                request.signed(bodyHash: SHA256.hash(request.body).hex), secretAccessKey: holder?.secret,
                stranger: keys.stranger, now: time.now.seconds)
        } catch { throw Self.failure(error) }
        guard let holder else { throw Self.failure(.mismatch) }
        guard let region = try? Region(claim.region) else {
            throw Self.failure(.scope("'\(claim.region.prefix(64))' is no Region"))
        }
        return Caller(
            principal: holder.principal, region: region, peer: peer,
            userAgent: String((request.header("user-agent") ?? "").prefix(256)), requestID: id)
    }

    /// A refusal of a signature as S3 names it.
    private static func failure(_ refusal: SigV4Refusal) -> ServiceFailure {
        let code =
            switch refusal {
            case .missing: "AccessDenied"
            case .malformed, .lastsTooLong: "AuthorizationHeaderMalformed"
            case .scope, .mismatch: "SignatureDoesNotMatch"
            case .notSigned: "AccessDenied"
            case .unsignedBody: "XAmzContentSHA256Mismatch"
            case .skewed: "RequestTimeTooSkewed"
            case .expired: "AccessDenied"
            case .unknownToken: "InvalidToken"
            }
        let status =
            ["AuthorizationHeaderMalformed", "XAmzContentSHA256Mismatch", "InvalidToken"].contains(code) ? 400 : 403
        return ServiceFailure(status, code, refusal.description)
    }

    /// The whole body, with a limit of bytes and of time.
    ///
    /// - Parameter taken: grows by what the budget gave, before it is read: nobody knows yet who asks.
    private func body(of request: Request, taking taken: inout Int) async throws(ServiceFailure) -> [UInt8] {
        guard request.method == .post || request.method == .put else { return [] }
        let deadline = time.uptime + Self.bodyTimeout
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= Self.bodyByteCountMax else {
                    throw ServiceFailure(
                        413, "EntityTooLarge",
                        "the body has more than \(Self.bodyByteCountMax) bytes: nothing here takes that")
                }
                guard budget.take(part.readableBytes) else {
                    throw ServiceFailure(
                        503, "SlowDown",
                        "signed requests in flight take all their memory, a quarter of --request-memory: try again")
                }
                taken += part.readableBytes
                bytes.append(contentsOf: part.readableBytesView)
                if time.uptime > deadline {
                    throw ServiceFailure(400, "RequestTimeout", "the body took too long to arrive")
                }
            }
        } catch let failure as ServiceFailure { throw failure } catch {
            throw ServiceFailure(400, "IncompleteBody", "the body did not arrive whole")
        }
        return bytes
    }
}
