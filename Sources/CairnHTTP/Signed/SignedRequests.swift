import CairnFormat
import HTTPTypes
import Hummingbird

/// Takes signed requests out of the stream, verifies them, and hands them to the service that they are signed for. Everything
/// else goes on to the door's own routes; what reads something else is told to sign.
struct SignedRequests<Context: DoorContext>: RouterMiddleware {
    let services: SignedServices

    @concurrent func handle(
        _ request: Request, context: Context, next: @concurrent (Request, Context) async throws -> Response
    ) async throws -> Response {
        if ServiceRequest.isSigned(request) { return await services.answer(request, peer: context.peer) }
        do { return try await next(request, context) } catch let error as HTTPError where error.status == .notFound {
            // Whoever asks a service without a signature understands what that service answers.
            guard let answer = services.unsigned(request, peer: context.peer) else { throw error }
            return answer
        }
    }
}
