import CairnFormat
import CairnNative
import Testing

@Suite("The facts of an event")
struct EventFactsTests {
    private func read(_ text: String, before: String = "") -> EventFacts? {
        let bytes = Array((before + text).utf8) + [UInt8](repeating: 0x22, count: JSONReader.padding)
        return EventFactsReader().read(bytes, before.utf8.count..<before.utf8.count + text.utf8.count)
    }

    @Test("are read from the members that selectors compare")
    func all() {
        let facts = read(
            #"""
            {"eventSource":"s3.amazonaws.com","eventName":"PutObject","eventType":"AwsApiCall","readOnly":false,
             "userIdentity":{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice"},
             "errorCode":"VpceAccessDenied","vpcEndpointId":"vpce-1","sessionCredentialFromConsole":"true",
             "requestParameters":{"eventName":"x"},
             "resources":[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b","accountId":"111122223333"},
                          {"type":"AWS::S3::Object","ARN":"arn:aws:s3:::b\/k"}]}
            """#,
            before: "{}\n"
        )
        let expected = EventFacts(
            eventSource: "s3.amazonaws.com",
            eventName: "PutObject",
            eventType: "AwsApiCall",
            userIdentityARN: "arn:aws:iam::111122223333:user/alice",
            errorCode: "VpceAccessDenied",
            vpcEndpointId: "vpce-1",
            sessionCredentialFromConsole: "true",
            readOnly: "false",
            resources: [
                .init(type: "AWS::S3::Bucket", arn: "arn:aws:s3:::b"),
                .init(type: "AWS::S3::Object", arn: "arn:aws:s3:::b/k"),
            ]
        )
        #expect(facts == expected)
    }

    @Test("that an event lacks, or has as another type, are nil")
    func absent() {
        #expect(read("{}") == EventFacts())
        let odd = #"{"eventName":null,"errorCode":7,"userIdentity":"x","resources":{},"readOnly":"maybe"}"#
        #expect(read(odd) == EventFacts())
        let resources = read(#"{"resources":[{},{"type":1,"ARN":"a"}]}"#)?.resources
        #expect(resources == [.init(type: nil, arn: nil), .init(type: nil, arn: "a")])
    }

    @Test(
        "count booleans as their texts",
        arguments: [("true", "true"), ("false", "false"), (#""true""#, "true"), (#""false""#, "false")]
    )
    func booleans(json: String, text: String) {
        let facts = read("{\"sessionCredentialFromConsole\":\(json),\"readOnly\":\(json)}")
        #expect(facts?.sessionCredentialFromConsole == text)
        #expect(facts?.readOnly == text)
    }

    @Test("take the readOnly of real records, True, as true")
    func capitalTrue() {
        #expect(read(#"{"readOnly":"True"}"#)?.readOnly == "true")
    }

    @Test("are nil of what is no JSON object", arguments: ["", "[]", "{", #"{"a":1,"a":2}"#])
    func unreadable(text: String) {
        #expect(read(text) == nil)
    }
}
