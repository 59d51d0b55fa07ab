import CairnAPI
import CairnFormat
import CairnTrails
import Testing

@Suite("Trails of an organization (reference 6.7)")
struct OrganizationTests {
    static func bench() async throws -> Bench {
        var organization = Organization(id: try OrganizationID("o-exampleorgid"), managementAccount: Bench.own)
        organization.add([Bench.other])
        return try await Bench(organization: organization)
    }

    static let make = #"{"Name":"everyone","S3BucketName":"cairn-logs","IsOrganizationTrail":true}"#
    static let arn = "arn:aws:cloudtrail:us-east-2:111122223333:trail/everyone"

    @Test("the management account makes them, members see them by ARN and change nothing")
    func members() async throws {
        let bench = try await Self.bench()
        let made = try await bench.get("CreateTrail", Self.make)
        #expect(made["IsOrganizationTrail"] == .bool(true) && made["TrailARN"]?.text == Self.arn)
        #expect(
            await bench.code("CreateTrail", Self.make, account: Bench.other) == "NotOrganizationMasterAccountException")
        #expect(await bench.code("CreateTrail", Self.make, account: Bench.third) == "OrganizationsNotInUseException")
        let byARN = #"{"Name":"\#(Self.arn)"}"#
        #expect(try await bench.get("GetTrail", byARN, account: Bench.other)["Trail"]?["Name"]?.text == "everyone")
        #expect(await bench.code("GetTrail", #"{"Name":"everyone"}"#, account: Bench.other) == "TrailNotFoundException")
        #expect(await bench.code("GetTrail", byARN, account: Bench.third) == "TrailNotFoundException")
        let seen = try await bench.get("ListTrails", account: Bench.other)
        #expect(seen["Trails"]?.list?.compactMap { $0["TrailARN"]?.text } == [Self.arn])
        for operation in ["UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"] {
            #expect(await bench.code(operation, byARN, account: Bench.other) == "AccessDeniedException")
        }
        #expect(
            await bench.code(
                "PutEventSelectors", #"{"TrailName":"\#(Self.arn)","EventSelectors":[{}]}"#, account: Bench.other)
                == "AccessDeniedException")
        _ = try await bench.get("GetTrailStatus", byARN, account: Bench.other)
    }

    @Test(
        "delegated administrators do what the management account may; the trail is the management account's all the same"
    )
    func delegates() async throws {
        let bench = try await Self.bench()
        let member = #"{"MemberAccountId":"444455556666"}"#
        #expect(
            await bench.code("RegisterOrganizationDelegatedAdmin", member, account: Bench.other)
                == "NotOrganizationManagementAccountException")
        #expect(
            await bench.code("RegisterOrganizationDelegatedAdmin", member, account: Bench.third)
                == "OrganizationsNotInUseException")
        #expect(
            await bench.code("RegisterOrganizationDelegatedAdmin", #"{"MemberAccountId":"777788889999"}"#)
                == "AccountNotFoundException")
        #expect(
            await bench.code("RegisterOrganizationDelegatedAdmin", #"{"MemberAccountId":"111122223333"}"#)
                == "CannotDelegateManagementAccountException")
        #expect(
            await bench.code("DeregisterOrganizationDelegatedAdmin", #"{"DelegatedAdminAccountId":"444455556666"}"#)
                == "AccountNotRegisteredException")
        _ = try await bench.get("RegisterOrganizationDelegatedAdmin", member)
        #expect(await bench.code("RegisterOrganizationDelegatedAdmin", member) == "AccountRegisteredException")
        let made = try await bench.get("CreateTrail", Self.make, account: Bench.other)
        #expect(made["TrailARN"]?.text == Self.arn)
        let byARN = #"{"Name":"\#(Self.arn)"}"#
        _ = try await bench.get("StartLogging", byARN, account: Bench.other)
        // To make it an account's trail is for the management account alone.
        let convert = #"{"Name":"\#(Self.arn)","IsOrganizationTrail":false}"#
        #expect(
            await bench.code("UpdateTrail", convert, account: Bench.other) == "NotOrganizationMasterAccountException")
        #expect(try await bench.get("UpdateTrail", convert)["IsOrganizationTrail"] == .bool(false))
        _ = try await bench.get("DeregisterOrganizationDelegatedAdmin", #"{"DelegatedAdminAccountId":"444455556666"}"#)
        #expect(await bench.code("StopLogging", byARN, account: Bench.other) == "TrailNotFoundException")
    }

    @Test("at most three delegated administrators")
    func limit() async throws {
        var organization = Organization(id: try OrganizationID("o-exampleorgid"), managementAccount: Bench.own)
        let members = try (1...4).map { try AccountID("00000000000\($0)") }
        organization.add(members)
        let bench = try await Bench(organization: organization)
        for member in members.prefix(3) {
            _ = try await bench.get("RegisterOrganizationDelegatedAdmin", #"{"MemberAccountId":"\#(member)"}"#)
        }
        #expect(
            await bench.code("RegisterOrganizationDelegatedAdmin", #"{"MemberAccountId":"\#(members[3])"}"#)
                == "DelegatedAdminAccountLimitExceededException")
    }

    @Test("Organizations' own API tells of it")
    func organizations() async throws {
        let bench = try await Self.bench()
        func ask(_ operation: String, _ body: String = "{}", account: AccountID = Bench.own) async
            -> CloudTrailService.Answer
        {
            await bench.ask(operation, body, of: .organizations, account: account)
        }
        let described = try await ask("DescribeOrganization").get()
        #expect(described["Organization"]?["Id"]?.text == "o-exampleorgid")
        #expect(described["Organization"]?["MasterAccountId"]?.text == "111122223333")
        let accounts = try await ask("ListAccounts").get()
        #expect(accounts["Accounts"]?.list?.compactMap { $0["Id"]?.text } == ["111122223333", "444455556666"])
        #expect(
            try await ask("DescribeAccount", #"{"AccountId":"444455556666"}"#).get()["Account"]?["Status"]?.text
                == "ACTIVE")
        for (answer, code) in [
            (await ask("DescribeAccount", #"{"AccountId":"777788889999"}"#), "AccountNotFoundException"),
            (await ask("DescribeOrganization", account: Bench.third), "AWSOrganizationsNotInUseException"),
            (await ask("ListAccounts", account: Bench.other), "AccessDeniedException"),
            (await ask("CreateAccount"), "UnknownOperationException"),
            (await ask("CreateTrail"), "UnknownOperationException"),
        ] {
            guard case .failure(let error) = answer else {
                Issue.record("not refused: \(answer)")
                continue
            }
            #expect(error.code == code)
        }
        #expect(bench.records.content.first?.contains("organizations.cairn") == true)
    }
}
