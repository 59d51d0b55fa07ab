import CairnFormat
import HTTPTypes
import Hummingbird
import NIOCore

/// Says what is nowhere in the same form as every other refusal, with what there is instead.
struct UnknownPaths<Context: RequestContext>: RouterMiddleware {
    /// What there is, in words.
    let known: String

    // As the protocol's module means it, whose async functions leave the caller's actor.
    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let message = "there is no \(request.method.rawValue) \(request.uri.path.prefix(200)): there are \(known)"
            return Response(
                status: .notFound,
                headers: [.contentType: "application/json"],
                body: ResponseBody(
                    byteBuffer: ByteBuffer(string: "{\"error\":\"NotFound\",\"message\":\(JSONText.quoted(message))}")))
        }
    }
}
