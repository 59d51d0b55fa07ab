import CairnFormat
import FoundationEssentials
import Testing

@Suite("Notices in SNS's envelope")
struct NoticeEnvelopeTests {
    @Test("the fields that readers of queues look at (reference 4.4)")
    func fields() throws {
        let message = #"{"s3Bucket":"b","s3ObjectKey":["a/\"quoted\".json.gz"]}"#
        let arn = NoticeEnvelope.topicARN("audit", region: .usEast1, account: try AccountID("111122223333"))
        let envelope = NoticeEnvelope(
            topicARN: arn, messageID: UniqueID(random: [UInt8](repeating: 7, count: 16)), message: message,
            time: 1_772_359_964_008)
        let read = try JSONDecoder().decode([String: String].self, from: Data(envelope.json.utf8))
        #expect(read["Type"] == "Notification" && read["Message"] == message && read.count == 5)
        #expect(read["TopicArn"] == "arn:aws:sns:us-east-1:111122223333:audit")
        #expect(read["Timestamp"] == "2026-03-01T10:12:44.008Z")
        #expect(read["MessageId"]?.utf8.count == 36)
    }
}
