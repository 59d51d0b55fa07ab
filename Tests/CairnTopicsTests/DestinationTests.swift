import CairnFormat
import CairnTopics
import FoundationEssentials
import Testing

@Suite("Destinations of subscriptions")
struct DestinationTests {
    @Test(
        "an ARN of SNS or SQS, or a webhook's URL",
        arguments: [
            "arn:aws:sns:us-east-1:111122223333:audit", "arn:aws-cn:sqs:cn-north-1:111122223333:q.fifo",
            "https://hooks.example.com/a/b?c=d", "https://hooks.example.com:8443", "https://[2001:db8::1]:9443/x",
        ])
    func taken(_ text: String) throws {
        let destination = try Destination(text)
        #expect(destination.description == text)
        let again = try JSONDecoder().decode(Destination.self, from: try JSONEncoder().encode(destination))
        #expect(again == destination)
    }

    @Test(
        "anything else is none",
        arguments: [
            "", "arn:aws:lambda:us-east-1:111122223333:f", "arn:aws:sns:us-east-1:111122223333:a.b",
            "arn:aws:sns:nowhere:111122223333:a", "arn:aws:sns:us-east-1:1:a", "http://example.com/", "https://",
            "https://a@b/", "https://a:b@c/", "https://host:65536/", "https://host:/x", "https://host/#f",
            "https://ho st/", "https://host/ä", "https://[::1/", "https://x\\y/", "file:///etc/passwd",
        ])
    func refused(_ text: String) { #expect(throws: TopicError.self) { try Destination(text) } }

    @Test("a webhook is shown without its path, which may be a password")
    func shown() throws {
        #expect(try Destination("https://hooks.example.com/T0/secret").shown == "https://hooks.example.com/…")
        #expect(try Destination("https://h.example.com:8443/s").shown == "https://h.example.com:8443/…")
    }
}
