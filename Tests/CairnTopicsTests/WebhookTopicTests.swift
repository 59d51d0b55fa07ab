import CairnNative
import FoundationEssentials
import Testing

@testable import CairnTopics

@Suite("Webhooks are signed as Standard Webhooks has it")
struct WebhookTopicTests {
    @Test("the example of the specification")
    func example() throws {
        let secret = try #require(Data(base64Encoded: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let key = KeyMaterial(Secret(Array(secret).span))
        let signature = WebhookTopic.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: "1614265330", Array(#"{"test": 2432232314}"#.utf8), by: key)
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }
}
