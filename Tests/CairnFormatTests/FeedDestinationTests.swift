import CairnFormat
import Foundation
import Testing

@Suite("Where single events go")
struct FeedDestinationTests {
    @Test(
        "is a log group or an event bus",
        arguments: [
            ("arn:aws:logs:us-east-2:111122223333:log-group:trail-logs:*", "trail-logs"),
            ("arn:aws:logs:us-east-2:111122223333:log-group:/aws/cloudtrail#1", "/aws/cloudtrail#1"),
            ("arn:aws-cn:events:cn-north-1:111122223333:event-bus/default", "default"),
        ])
    func good(text: String, name: String) throws {
        let found = try FeedDestination(text)
        #expect(found.name == name && found.description == text)
        let again = try JSONDecoder().decode([FeedDestination].self, from: try JSONEncoder().encode([found]))
        #expect(again == [found])
    }

    @Test(
        "and nothing else",
        arguments: [
            "", "audit", "arn:aws:logs:us-east-2:111122223333:log-group:",
            "arn:aws:logs:us-east-2:111122223333:log-group:a b",
            "arn:aws:logs::111122223333:log-group:a", "arn:aws:logs:us-east-2::log-group:a",
            "arn:aws:logs:us-east-2:111122223333:log-group:a:log-stream:b",
            "arn:aws:events:us-east-2:111122223333:rule/a",
            "arn:aws:events:us-east-2:111122223333:event-bus/a#b", "arn:aws:s3:us-east-2:111122223333:log-group:a",
            "arn:aws:logs:us-east-2:111122223333:log-group:" + String(repeating: "a", count: 513),
        ])
    func bad(text: String) {
        #expect(throws: FormatError.self) { try FeedDestination(text) }
    }
}
