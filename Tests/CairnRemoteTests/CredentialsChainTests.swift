import CairnFormat
import CairnRemote
import CairnSystem
import CairnTestKit
import Foundation
import Testing

@Suite("Credentials come from where the AWS tools look for them", .serialized)
struct CredentialsChainTests {
    private static let start = Timestamp(milliseconds: 1_772_359_964_000)

    private static func chain(
        _ variables: [String: String], time: ManualTime = ManualTime(now: start)
    ) -> CredentialsChain {
        var all = ["AWS_EC2_METADATA_DISABLED": "true", "HOME": "/nonexistent"]
        all.merge(variables) { $1 }
        return CredentialsChain(CredentialsSettings(region: "us-east-1") { [all] in all[$0] }, time: time)
    }

    private static func folder(_ files: [String: String]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cairn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
        return folder
    }

    @Test(
        "a profile of the credentials file, then of the configuration file; comments and nested settings are passed over"
    )
    func profiles() async throws {
        let folder = try Self.folder([
            "credentials": """
            # [default]
            [default]
            aws_access_key_id = AKIADEFAULT
            aws_secret_access_key=se/cr+et
            [other]
              aws_access_key_id = AKIANESTED
            region = eu-west-1
            """,
            "config":
                "[profile other]\r\naws_access_key_id = AKIAOTHER\r\naws_secret_access_key = s\r\naws_session_token = t\r\n"
                + "[profile made]\ncredential_process = /bin/true\n",
        ])
        defer { try? FileManager.default.removeItem(at: folder) }
        let files = [
            "AWS_SHARED_CREDENTIALS_FILE": folder.path + "/credentials", "AWS_CONFIG_FILE": folder.path + "/config",
        ]
        func found(_ profile: String?) async throws -> SigV4Credentials {
            var variables = files
            variables["AWS_PROFILE"] = profile
            let chain = Self.chain(variables)
            defer { Task { await chain.close() } }
            return try await chain.current()
        }
        #expect(try await found(nil).accessKeyID == "AKIADEFAULT")
        let other = try await found("other")
        #expect((other.accessKeyID, other.sessionToken) == ("AKIAOTHER", "t"))
        for (profile, says) in [
            ("made", "credential_process, which cairn does not do"), ("none", "AWS_PROFILE names none"),
        ] {
            let problem = await #expect(throws: CredentialsProblem.self) { _ = try await found(profile) }
            #expect("\(try #require(problem))".contains(says))
        }
    }

    @Test(
        "a web identity, a container's agent and an instance hand out credentials, which are asked for again before they expire",
        .enabled(
            if: ProcessInfo.processInfo.environment["CAIRN_PYTHON"] != nil, "CAIRN_PYTHON is not set: run Tools/test"),
        arguments: ["ASIASTS", "ASIATASK", "ASIAINST"])
    func expiring(_ kind: String) async throws {
        let server = try S3Server("credentials_server.py")
        defer { server.stop() }
        let folder = try Self.folder(["token": "a.b+c/d=\n", "agent-token": "open sesame\n"])
        defer { try? FileManager.default.removeItem(at: folder) }
        let variables: [String: String] =
            switch kind {
            case "ASIASTS":
                [
                    "AWS_WEB_IDENTITY_TOKEN_FILE": folder.path + "/token", "AWS_ENDPOINT_URL_STS": server.endpoint,
                    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/r",
                ]
            case "ASIATASK":
                [
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI": server.endpoint + "/container",
                    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": folder.path + "/agent-token",
                ]
            default:
                ["AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.endpoint]
            }
        let time = ManualTime(now: Self.start)
        let chain = Self.chain(variables, time: time)
        // Who asks at the same moment shares an answer.
        let ids = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<20 { group.addTask { try await chain.current().accessKeyID } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(ids == [kind + "1"])
        #expect(try await chain.current().sessionToken == "to/ken=")
        // They last until 12:12:44; five minutes before, new ones come.
        time.advance(by: .seconds(7_200 - 301))
        #expect(try await chain.current().accessKeyID == kind + "1")
        time.advance(by: .seconds(2))
        #expect(try await chain.current().accessKeyID == kind + "2")
        await chain.expire()
        #expect(try await chain.current().accessKeyID == kind + "3")
        // The clock was set ahead: what was just given is used while it lasts, and nobody is asked for each request.
        time.jump(to: time.now + .seconds(7_300))
        for _ in 0..<3 { #expect(try await chain.current().accessKeyID == kind + "3") }
        await chain.close()
    }

    @Test("an agent's address is this machine, the agent's own, or has TLS")
    func addresses() async throws {
        for address in [
            "http://169.254.169.254/", "http://10.0.0.1/", "http://a@127.0.0.1/", "http://127.0.0.1.example.com/",
            "ftp://x",
        ] {
            let chain = Self.chain(["AWS_CONTAINER_CREDENTIALS_FULL_URI": address])
            let problem = await #expect(throws: CredentialsProblem.self) { _ = try await chain.current() }
            #expect("\(try #require(problem))".contains("expected https, this machine, or the agent's address"))
            await chain.close()
        }
    }

    @Test("where there are none it says what to set")
    func none() async throws {
        let chain = Self.chain([:])
        let problem = await #expect(throws: CredentialsProblem.self) { _ = try await chain.current() }
        #expect("\(try #require(problem))".contains("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"))
        await chain.close()
    }
}
