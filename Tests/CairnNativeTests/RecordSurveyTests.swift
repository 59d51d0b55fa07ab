import CairnNative
import Testing

@Suite("A look over the records of a log file")
struct RecordSurveyTests {
    private func look(_ text: String) -> RecordSurvey.Outcome? {
        var body = Array(text.utf8)
        body.reserveCapacity(body.count + JSONReader.padding)
        return RecordSurvey().look(body, account: "111122223333", region: "us-east-2")
    }

    @Test("counts records, and those of others")
    func counts() throws {
        let own = #"{"recipientAccountId":"111122223333","awsRegion":"us-east-2","x":{"awsRegion":"eu-west-1"}}"#
        let outcome = try #require(
            look(
                #"{"Records":[\#(own),{"awsRegion":"eu-west-1"},{"recipientAccountId":"999999999999"},{"eventName":"a"},\#(own)]}"#
            ))
        #expect((outcome.recordCount, outcome.foreignCount, outcome.firstForeign, outcome.hasTurns) == (5, 2, 1, false))
    }

    @Test("sees events by which a trail may have been stopped")
    func turns() throws {
        let stop = #"{"eventSource":"cloudtrail.amazonaws.com","eventName":"StopLogging"}"#
        #expect(try #require(look(#"{"Records":[\#(stop)]}"#)).hasTurns)
        #expect(
            try !#require(look(#"{"Records":[{"eventSource":"x.amazonaws.com","eventName":"StopLogging"}]}"#)).hasTurns)
    }

    @Test(
        "refuses what is not one object with Records",
        arguments: [
            "", "[]", "{}", #"{"Records":{}}"#, #"{"Record":[]}"#, #"{"Records":[],"x":1}"#, #"{"Records":[1]}"#,
            #"{"Records":[]} x"#, #"{"Records":[{"a":1}"#, #"{"Records":[{"a":1},]}"#,
        ])
    func refused(_ text: String) {
        #expect(look(text) == nil)
    }

    @Test("takes an empty list")
    func empty() { #expect(look(#"{"Records":[]}"#)?.recordCount == 0) }
}
