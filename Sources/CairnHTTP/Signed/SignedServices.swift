import CairnCatalog
import CairnFormat
import CairnNative
package import CairnSystem
import HTTPTypes
import Hummingbird
import NIOCore

/// The services that take signed requests, behind one verification.
package struct SignedServices: Sendable {
    private static let bodyTimeout = Duration.seconds(20)

    private let keys: AccessKeys
    private let objects: ObjectService
    private let queues: QueuePort
    private let cloudTrail: CloudTrailPort
    private let refused: RefusedRequests
    private let budget: BodyBudget
    private let presignedSecondsMax: Int
    private let time: any TimeSource
    private let random: any RandomSource

    /// - Parameters:
    ///   - refused: counts requests whose signatures are not true.
    ///   - budget: what all bodies in flight may take together.
    ///   - presignedSecondsMax: for how long a presigned URL may be good.
    package init(
        keys: AccessKeys, objects: ObjectService, queues: QueuePort, cloudTrail: CloudTrailPort,
        refused: RefusedRequests,
        budget: BodyBudget, presignedSecondsMax: Int, time: any TimeSource, random: any RandomSource
    ) {
        (self.keys, self.objects, self.queues, self.cloudTrail) = (keys, objects, queues, cloudTrail)
        (self.refused, self.budget, self.presignedSecondsMax) = (refused, budget, presignedSecondsMax)
        (self.time, self.random) = (time, random)
    }

    func answer(_ request: Request, peer: String) async -> Response {
        let id = UniqueID(random: random.bytes(16))
        var service = SignedService.s3
        do throws(ServiceFailure) {
            guard let head = ServiceRequest(request, body: []) else {
                throw ServiceFailure(400, "InvalidURI", "the URL is not UTF-8 once its escapes are resolved")
            }
            let claimed = head.claimedService
            // What a request is, it says outside its signature; the signature must be for that.
            service = CloudTrailPort.service(of: head) ?? claimed.flatMap(SignedService.init) ?? .s3
            guard claimed == service.rawValue else {
                let failure = service.failure(.scope(Self.otherService(claimed)), isKnownKey: true)
                refused.note(peer: peer, service: service.rawValue, code: failure.code, at: time.now)
                throw failure
            }
            var taken = 0
            defer { budget.release(taken) }
            let asked = head.with(body: try await body(of: request, service, taking: &taken))
            let caller = try await caller(of: asked, service, peer: peer, id)
            switch service {
            case .s3: return try await objects.answer(asked, caller)
            case .sqs: return try await queues.answer(asked, caller)
            case .cloudTrail, .cloudTrailData, .organizations:
                // What is refused here is no call of an operation, and so no event of its own.
                do throws(ServiceFailure) { return try await cloudTrail.answer(asked, service, caller) } catch {
                    if error.status < 500 {
                        refused.note(peer: peer, service: service.rawValue, code: error.code, at: time.now)
                    }
                    throw error
                }
            case .sts:
                let answer = try CallerIdentity.answer(asked, caller, account: cloudTrail.account(of: caller))
                await cloudTrail.recordIdentity(caller)
                return answer
            }
        } catch { return refusal(error, service, request, id) }
    }

    private static func otherService(_ name: String?) -> String {
        "service '\((name ?? "").prefix(32))', here are "
            + SignedService.allCases.map(\.rawValue).joined(separator: ", ")
    }

    /// What is answered to somebody who asks a service, and does not say who that is; nil when nobody here is asked.
    func unsigned(_ request: Request, peer: String) -> Response? {
        let id = UniqueID(random: random.bytes(16))
        let asked = ServiceRequest(request, body: []).flatMap(CloudTrailPort.service)
        guard asked != nil || ServiceRequest.readsBucket(request) else { return nil }
        let service = asked ?? .s3
        let failure = service.failure(.missing, isKnownKey: false)
        refused.note(peer: peer, service: service.rawValue, code: failure.code, at: time.now)
        return refusal(failure, service, request, id)
    }

    private func refusal(
        _ failure: ServiceFailure, _ service: SignedService, _ request: Request, _ id: UniqueID
    ) -> Response {
        switch service {
        case .s3:
            ObjectDocument.refusal(failure, path: request.head.path ?? "/", id, isHead: request.method == .head)
        case .sqs:
            queues.refusal(failure, isQuery: request.headers[.contentType]?.contains("json") != true, id)
        case .cloudTrail, .cloudTrailData, .organizations: CloudTrailPort.refusal(failure, id)
        case .sts: CallerIdentity.refusal(failure, id)
        }
    }

    /// Whose request it is, if its signature is true. One that is not is counted.
    private func caller(
        of request: ServiceRequest, _ service: SignedService, peer: String, _ id: UniqueID
    ) async throws(ServiceFailure) -> Caller {
        do throws(ServiceFailure) { return try await verified(request, service, peer: peer, id) } catch {
            if error.status < 500 {
                refused.note(peer: peer, service: service.rawValue, code: error.code, at: time.now)
            }
            throw error
        }
    }

    private func verified(
        _ request: ServiceRequest, _ service: SignedService, peer: String, _ id: UniqueID
    ) async throws(ServiceFailure) -> Caller {
        let claim: SigV4Claim
        do throws(SigV4Refusal) {
            claim = try SigV4Claim(
                request.signed(bodyHash: ""), service: service.rawValue, presignedSecondsMax: presignedSecondsMax)
        } catch {
            throw service.failure(error, isKnownKey: true)
        }
        let holder: AccessKeys.Holder?
        do throws(DoorError) { holder = try await keys.holder(claim.accessKeyID) } catch {
            throw ServiceFailure(503, "ServiceUnavailable", error.description)
        }
        do throws(SigV4Refusal) {
            try claim.verify(
                request.signed(bodyHash: SHA256.hash(request.body).hex), secretAccessKey: holder?.secret,
                stranger: keys.stranger, now: time.now.seconds)
        } catch { throw service.failure(error, isKnownKey: holder != nil) }
        guard let holder else { throw service.failure(.mismatch, isKnownKey: false) }
        guard let region = try? Region(claim.region) else {
            throw service.failure(.scope("'\(claim.region.prefix(64))' is no Region"), isKnownKey: true)
        }
        return Caller(
            principal: holder.principal, region: region, peer: peer,
            userAgent: String((request.header("user-agent") ?? "").prefix(256)), requestID: id)
    }

    /// The whole body, with a limit of bytes and of time.
    ///
    /// - Parameter taken: grows by what the budget gave, before it is read: nobody knows yet who asks.
    private func body(
        of request: Request, _ service: SignedService, taking taken: inout Int
    ) async throws(ServiceFailure) -> [UInt8] {
        guard request.method == .post || request.method == .put else { return [] }
        let deadline = time.uptime + Self.bodyTimeout
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= service.bodyByteCountMax else {
                    throw ServiceFailure(
                        413, service.tooLarge,
                        "the body has more than \(service.bodyByteCountMax) bytes: nothing here takes that")
                }
                guard budget.take(part.readableBytes) else {
                    throw ServiceFailure(
                        503, service.busy,
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
