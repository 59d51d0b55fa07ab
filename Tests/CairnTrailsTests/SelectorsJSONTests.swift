import CairnTrails
import FoundationEssentials
import Testing

@Suite("Selectors in CloudTrail's JSON")
struct SelectorsJSONTests {
    private func read(_ text: String) throws(SelectorError) -> Selectors { try Selectors(json: Array(text.utf8)) }

    private func written(_ selectors: Selectors) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(selectors), as: UTF8.self)
    }

    /// An advanced selector with one condition.
    private static func advanced(_ condition: String) -> String {
        "{\"AdvancedEventSelectors\":[{\"FieldSelectors\":[\(condition)]}]}"
    }

    @Test("the example of reference 7.2")
    func basicExample() throws {
        let selectors = try read(
            """
            {"TrailName":"main-trail","EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true,
            "DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::amzn-s3-demo-bucket/secret/"]}],
            "ExcludeManagementEventSources":["kms.amazonaws.com"]}]}
            """
        )
        let values = ["arn:aws:s3:::amzn-s3-demo-bucket/secret/"]
        #expect(
            selectors
                == .basic([
                    EventSelector(
                        readWriteType: .writeOnly,
                        dataResources: [DataResource(type: "AWS::S3::Object", values: values)],
                        excludedSources: ["kms.amazonaws.com"]
                    )
                ])
        )
    }

    @Test("the example of reference 7.5")
    func advancedExample() throws {
        let selectors = try read(
            """
            {"AdvancedEventSelectors":[{"Name":"a-without-tmp","FieldSelectors":[
             {"Field":"eventCategory","Equals":["Data"]},
             {"Field":"resources.type","Equals":["AWS::S3::Object"]},
             {"Field":"readOnly","Equals":["false"]},
             {"Field":"resources.ARN","StartsWith":["arn:aws:s3:::bucket-a/"],
              "NotStartsWith":["arn:aws:s3:::bucket-a/tmp/","arn:aws:s3:::bucket-a/log/"]}]}]}
            """
        )
        guard case .advanced(let list) = selectors else { return #expect(Bool(false), "expected advanced selectors") }
        #expect(list.count == 1 && list[0].name == "a-without-tmp" && list[0].valueCount == 6)
        #expect(list[0][.resourcesARN]?.values[.startsWith] == ["arn:aws:s3:::bucket-a/"])
    }

    @Test("members left out, or null, have CloudTrail's defaults")
    func basicDefaults() throws {
        let members = ["ReadWriteType", "IncludeManagementEvents", "DataResources", "ExcludeManagementEventSources"]
        let nulls = members.map { "\"\($0)\":null" }.joined(separator: ",")
        #expect(try read(#"{"EventSelectors":[{}]}"#) == .standard)
        #expect(try read("{\"EventSelectors\":[{\(nulls)}],\"AdvancedEventSelectors\":null}") == .standard)
    }

    @Test("members that nobody knows are ignored")
    func unknownMembers() throws {
        #expect(try read(#"{"EventSelectors":[{"Colour":"red"}],"Size":[1]}"#) == .standard)
        let advanced = Self.advanced(#"{"Y":2,"Field":"eventCategory","Equals":["Management"]}],"X":[1"#)
        #expect(try read(advanced) == .one("Management"))
    }

    @Test("what a new trail has is written as older documentation shows it")
    func standard() throws {
        let expected =
            #"{"EventSelectors":[{"DataResources":[],"ExcludeManagementEventSources":[],"#
            + #""IncludeManagementEvents":true,"ReadWriteType":"All"}]}"#
        #expect(try written(.standard) == expected)
    }

    @Test("advanced selectors are written with the operators they have and no others")
    func advancedMembers() throws {
        let selectors = Selectors.advanced([
            AdvancedEventSelector(
                name: "n",
                [
                    FieldSelector(
                        .eventName,
                        equals: ["a"],
                        startsWith: ["b"],
                        endsWith: ["c"],
                        notEquals: ["d"],
                        notStartsWith: ["e"],
                        notEndsWith: ["f"]
                    ), FieldSelector(.userIdentityARN, equals: ["g"]),
                ]
            )
        ])
        let expected =
            #"{"AdvancedEventSelectors":[{"FieldSelectors":[{"EndsWith":["c"],"Equals":["a"],"Field":"eventName","#
            + #""NotEndsWith":["f"],"NotEquals":["d"],"NotStartsWith":["e"],"StartsWith":["b"]},"#
            + #"{"Equals":["g"],"Field":"userIdentity.arn"}],"Name":"n"}]}"#
        #expect(try written(selectors) == expected)
    }

    @Test("both kinds, or neither, are refused")
    func bothOrNeither() {
        let one = Self.advanced(#"{"Field":"eventCategory","Equals":["Management"]}"#).dropFirst()
        #expect(throws: SelectorError.bothKinds) { try read("{\"EventSelectors\":[{}],\(one)") }
        #expect(throws: SelectorError.bothKinds) { try read("{\"EventSelectors\":[],\(one)") }
        for text in ["{}", #"{"EventSelectors":[]}"#, #"{"AdvancedEventSelectors":[]}"#, #"{"EventSelectors":null}"#] {
            #expect(throws: SelectorError.neitherKind) { try read(text) }
        }
        #expect(SelectorError.bothKinds.code == "InvalidEventSelectorsException")
        #expect(SelectorError.neitherKind.code == "InvalidEventSelectorsException")
    }

    @Test(
        "the member at fault is named by its path, and the exception is CloudTrail's",
        arguments: [
            (#"{"EventSelectors":[{},{"ReadWriteType":"read-only"}]}"#, "EventSelectors[1].ReadWriteType", true),
            (#"{"EventSelectors":[{"ReadWriteType":7}]}"#, "EventSelectors[0].ReadWriteType", false),
            (
                #"{"EventSelectors":[{"DataResources":[{"Type":"AWS::S3::Object"}]}]}"#,
                "EventSelectors[0].DataResources[0].Values", false
            ),
            (#"{"EventSelectors":{}}"#, "EventSelectors", false),
            (#"{"AdvancedEventSelectors":[{}]}"#, "AdvancedEventSelectors[0].FieldSelectors", false),
            (advanced(#"{"Equals":["x"]}"#), "AdvancedEventSelectors[0].FieldSelectors[0].Field", false),
            (
                advanced(#"{"Field":"eventcategory","Equals":["Data"]}"#),
                "AdvancedEventSelectors[0].FieldSelectors[0].Field", true
            ),
            (advanced(#"{"Field":"","Equals":["x"]}"#), "AdvancedEventSelectors[0].FieldSelectors[0].Field", false),
            (advanced(#"{"Field":"a b","Equals":["x"]}"#), "AdvancedEventSelectors[0].FieldSelectors[0].Field", false),
            (advanced(#"{"Field":"eventCategory"}"#), "AdvancedEventSelectors[0].eventCategory", true),
            (
                advanced(#"{"Field":"eventCategory","Equals":[]}"#), "AdvancedEventSelectors[0].eventCategory.Equals",
                false
            ),
            ("[]", "the request", false), ("{", "the request", false), ("", "the request", false),
        ]
    )
    func paths(text: String, field: String, isInvalid: Bool) {
        let error = #expect(throws: SelectorError.self) { try read(text) }
        #expect(error?.field == field)
        #expect(error?.code == (isInvalid ? "InvalidEventSelectorsException" : "ValidationException"))
    }

    @Test(
        "what the member should have been is said in JSON's words",
        arguments: [
            (#"{"EventSelectors":[{"ReadWriteType":7}]}"#, "a string"),
            (#"{"EventSelectors":[{"IncludeManagementEvents":"yes"}]}"#, "true or false"),
            (#"{"EventSelectors":{}}"#, "a list"), (#"{"EventSelectors":[7]}"#, "an object"), ("[]", "an object"),
            (#"{"AdvancedEventSelectors":[{}]}"#, "a value"),
        ]
    )
    func kinds(text: String, expected: String) {
        #expect(#expect(throws: SelectorError.self) { try read(text) }?.expected == expected)
    }

    @Test("are custom unless they are those of a new trail")
    func custom() {
        #expect(!Selectors.standard.hasCustom)
        for selectors: Selectors in [
            .one("Management"), .basic([EventSelector(), EventSelector()]),
            .basic([EventSelector(readWriteType: .readOnly)]),
            .basic([EventSelector(excludedSources: ["kms.amazonaws.com"])]),
            .basic([EventSelector(dataResources: [DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3"])])]),
        ] { #expect(selectors.hasCustom) }
    }

    @Test("the letter names field, expected and found")
    func letter() {
        let text = #"{"EventSelectors":[{"ReadWriteType":"read-only"}]}"#
        let error = #expect(throws: SelectorError.self) { try read(text) }
        let letter = "EventSelectors[0].ReadWriteType: expected ReadOnly, WriteOnly, All, found 'read-only'"
        #expect(error?.description == letter)
        #expect(error?.expected == "ReadOnly, WriteOnly, All" && error?.found == "'read-only'")
    }
}
