package import CairnFormat
package import CairnSystem
import FoundationEssentials
import NIOCore

/// The public keys that digests were signed with, as a CloudTrail API lists them: AWS's, or one that speaks like it.
package struct RemotePublicKeys: Sendable {
    /// Why there is no list.
    package enum Problem: Error, Sendable, CustomStringConvertible {
        case unavailable(String)
        case refused(String)
        case untrusted(String)

        package var description: String {
            switch self {
            case .unavailable(let text), .refused(let text), .untrusted(let text): text
            }
        }
    }

    private static let target = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys"
    private static let answerByteCountMax = 16 << 20
    private static let pageCountMax = 1_000

    private let calls: SignedCalls

    package init(_ endpoint: ServiceEndpoint, credentials: SigV4Credentials, time: any TimeSource) {
        calls = SignedCalls(
            endpoint, service: "cloudtrail", credentials: CredentialsChain(fixed: credentials), time: time)
    }

    package func close() async { await calls.close() }

    private struct Parameters: Encodable {
        var start: Int64
        var end: Int64
        var token: String?

        enum CodingKeys: String, CodingKey {
            case start = "StartTime"
            case end = "EndTime"
            case token = "NextToken"
        }
    }

    private struct Page: Decodable {
        var token: String?

        enum CodingKeys: String, CodingKey { case token = "NextToken" }
    }

    /// The answers, page by page, for keys whose windows overlap a time; a Region's keys are its own.
    package func pages(of region: Region, from: EventTime, until: EventTime) async throws(Problem) -> [[UInt8]] {
        var pages: [[UInt8]] = []
        var token: String?
        while pages.count < Self.pageCountMax {
            let page = try await page(region, Parameters(start: from.seconds, end: until.seconds, token: token))
            pages.append(page)
            guard let read = try? JSONDecoder().decode(Page.self, from: Data(page)) else {
                throw .untrusted("what \(calls.endpoint.text) answers to ListPublicKeys is no list of public keys")
            }
            guard let next = read.token, !next.isEmpty, next != token else { return pages }
            token = next
        }
        throw .untrusted("\(calls.endpoint.text) lists public keys of \(region) without end: \(pages.count) pages")
    }

    private func page(_ region: Region, _ parameters: Parameters) async throws(Problem) -> [UInt8] {
        guard let body = try? JSONEncoder().encode(parameters) else {
            throw .refused("a call of ListPublicKeys cannot be written")
        }
        let what = "ListPublicKeys of \(region) at \(calls.endpoint.text)"
        let answer: SignedCalls.Answer
        do throws(SignedCalls.Unanswered) {
            answer = try await calls.call(
                .json(version: "1.1", target: Self.target), Array(body), region: region.name,
                limit: Self.answerByteCountMax)
        } catch { throw .unavailable("\(what) is not answered: \(error.reason)") }
        guard answer.status != 200 else { return Array(answer.body.readableBytesView) }
        let problem = ServiceProblem(answer.body.readableBytesView)
        let text = "\(what) is answered with status \(answer.status)"
        let reason = problem.type.isEmpty ? "" : " (\(problem.type): \(problem.message))"
        if problem.isAboutCredentials {
            throw .refused(
                "\(text)\(reason): check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, and that they may call "
                    + "cloudtrail:ListPublicKeys")
        }
        throw .unavailable(text + reason)
    }
}
