import AsyncHTTPClient
import CairnFormat
import CairnNative
import CairnSystem
import NIOCore
import NIOHTTP1
import Synchronization

/// Signed requests to buckets over one pool of connections. What may pass is tried again a few times, with pauses drawn at
/// random; what lasts longer is the caller's, who knows what waits meanwhile.
struct S3Calls: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    private static let attemptCountMax = 4
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    let settings: S3Settings
    private let credentials: CredentialsChain
    private let time: any TimeSource
    private let random: any RandomSource
    private let client: HTTPClient
    private let budget = RetryBudget()
    /// Where buckets are that were found in another Region than the settings say.
    private let regions = RegionMap()

    init(
        _ settings: S3Settings, credentials: CredentialsChain, time: any TimeSource, random: any RandomSource
    ) throws(S3Problem) {
        (self.settings, self.credentials, self.time, self.random) = (settings, credentials, time, random)
        do throws(ServiceClients.Problem) {
            client = try ServiceClients.make(
                readSeconds: settings.timeoutSeconds, connectionCountMax: settings.requestCountMax,
                authorityFile: settings.authorityFile, addresses: settings.addresses)
        } catch { throw S3Problem(message: error.description) }
    }

    func close() async { try? await client.shutdown() }

    /// One request, answered with a status from 200 to 299.
    func call(_ request: S3Request) async throws(S3Problem) -> Answer {
        var attempt = 1
        var hasMoved = false
        var hasRefreshed = false
        while true {
            let region = regions[request.bucket] ?? settings.region
            let problem: S3Problem
            do throws(S3Problem) {
                let answer = try await attemptOnce(request, region)
                budget.wasAnswered()
                return answer
            } catch { problem = error }
            if problem.status != 0, !problem.mayPass { budget.wasAnswered() }
            if problem.isElsewhere, let other = problem.region, other != region, settings.endpoint.isRegional, !hasMoved
            {
                // Only within the configured endpoint: credentials follow nobody anywhere else.
                regions[request.bucket] = other
                hasMoved = true
                continue
            }
            if problem.isAboutExpiry, !hasRefreshed {
                await credentials.expire()
                hasRefreshed = true
                continue
            }
            guard problem.mayPass, attempt < Self.attemptCountMax, budget.take() else { throw problem }
            await pause(attempt)
            guard !Task.isCancelled else { throw problem }
            attempt += 1
        }
    }

    /// Full jitter: anything from nothing to twice the one before.
    private func pause(_ attempt: Int) async {
        let most = min(Self.longestPause, Self.firstPause * (1 << attempt))
        let share = random.bytes(2).reduce(0) { $0 << 8 | Int($1) }
        try? await time.sleep(for: most * share / 65_536)
    }

    private func attemptOnce(_ request: S3Request, _ region: Region) async throws(S3Problem) -> Answer {
        let signer: SigV4Signer
        do throws(CredentialsProblem) {
            signer = SigV4Signer(try await credentials.current(), region: region.name, service: "s3")
        } catch { throw S3Problem(status: 403, code: S3Problem.noCredentials, message: error.description) }
        // A name with dots is no part of a name that a certificate is for.
        let isPathStyle =
            settings.isPathStyle || (settings.endpoint.isSecure && request.bucket.text.contains("."))
        let path = request.path(isPathStyle: isPathStyle)
        let label = isPathStyle ? nil : request.bucket.text
        let host = (label.map { $0 + "." } ?? "") + settings.endpoint.host(region.name)
        var headers = request.headers
        if let owner = settings.bucketOwner { headers.append(("x-amz-expected-bucket-owner", owner.description)) }
        let signature = signer.sign(
            SigV4Request(
                method: request.method.rawValue, path: path, query: request.query,
                headers: headers + [("host", host)], bodyHash: SHA256.hash(request.body).hex),
            at: time.now.seconds)
        var sent = HTTPClientRequest(
            url: settings.endpoint.url(region.name, label: label, target: path + request.encodedQuery))
        sent.method = HTTPMethod(rawValue: request.method.rawValue)
        for (name, value) in headers { sent.headers.add(name: name, value: value) }
        for (name, value) in signature.headers { sent.headers.add(name: name, value: value) }
        if !request.body.isEmpty || request.method == .put || request.method == .post {
            sent.body = .bytes(ByteBuffer(bytes: request.body))
        }
        return try await execute(sent, request)
    }

    private func execute(_ sent: HTTPClientRequest, _ request: S3Request) async throws(S3Problem) -> Answer {
        let deadline = time.uptime + .seconds(settings.timeoutSeconds)
        do {
            let response = try await client.execute(sent, timeout: .seconds(settings.timeoutSeconds))
            let status = Int(response.status.code)
            let isSuccess = (200...299).contains(status)
            var body: [UInt8] = []
            if request.method != .head {
                let limit = isSuccess ? request.answerByteCountMax : Self.errorByteCountMax
                body = try await self.body(of: response, limit: limit, deadline: deadline)
            }
            guard isSuccess else {
                throw S3Problem(
                    status: status, body: body, bucketRegion: response.headers.first(name: "x-amz-bucket-region"))
            }
            return Answer(status: status, headers: response.headers, body: body)
        } catch let problem as S3Problem {
            throw problem
        } catch {
            throw .unanswered("\(error)")
        }
    }

    /// A whole body. The client's own deadline ends with the head of an answer: one that trickles in has this.
    private func body(
        of response: HTTPClientResponse, limit: Int, deadline: Duration
    ) async throws -> [UInt8] {
        let length = response.headers.first(name: "content-length").flatMap { Int($0) }
        if let length, length > limit { throw S3Problem(status: 200, code: Self.tooLarge, message: String(length)) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length ?? 0)
        var isLate = false
        for try await part in response.body {
            guard !isLate else {
                throw S3Problem.unanswered("the answer did not come within \(settings.timeoutSeconds) s")
            }
            guard bytes.count + part.readableBytes <= limit else {
                throw S3Problem(status: 200, code: Self.tooLarge, message: "more")
            }
            bytes.append(contentsOf: part.readableBytesView)
            isLate = time.uptime > deadline
        }
        return bytes
    }

    /// What is read of an error document at most.
    private static let errorByteCountMax = 64 << 10
    /// The code of an answer that is larger than its reader allows; its message is the size, if that is known.
    static let tooLarge = "CairnTooLarge"
}
