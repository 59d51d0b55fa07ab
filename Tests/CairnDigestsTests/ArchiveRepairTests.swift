import CairnCatalog
import CairnDigests
import CairnFormat
import CairnObjects
import CairnSystem
import CairnTestKit
import CairnValidation
import Testing

@Suite("Files that no digest lists are found, and those that are proven ours are listed")
struct ArchiveRepairTests {
    /// Two chains with a few hours of files, over a stop and a start.
    private func world() async throws -> ChainWorld {
        let world = try await ChainWorld()
        for region in [ChainWorld.home, ChainWorld.other] { try await world.turn(.start, region) }
        for hour in 0..<3 {
            for region in [ChainWorld.home, ChainWorld.other] { try await world.file(region) }
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
            if hour == 1 {
                try await world.turn(.stop)
                try await world.digest()
                world.time.advance(by: .seconds(60))
                try await world.turn(.start)
            }
        }
        return world
    }

    @Test("an archive where everything is listed or recorded has no such files")
    func nothing() async throws {
        let world = try await world()
        try await world.file()
        let survey = try await world.repair().survey()
        #expect(survey.unlisted.isEmpty && survey.fileCount == 7 && survey.digestCount > 6)
        #expect(try await world.repair().resume().isEmpty)
    }

    @Test("a backfill digest lists what is proven; the validator takes it, and the next repair finds nothing")
    func backfill() async throws {
        let world = try await world()
        var lost: [ObjectLocation] = []
        for region in [ChainWorld.home, ChainWorld.home, ChainWorld.other] {
            lost.append(try await world.lostFile(region))
        }
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        #expect(try await world.judge().findings.map(\.code.rawValue) == Array(repeating: "log.unlisted", count: 3))
        let survey = try await world.repair().survey()
        #expect(Set(survey.unlisted.map { "\($0.location)" }) == Set(lost.map { "\($0)" }))
        let made = try await world.repair().backfill(survey.unlisted)
        #expect(
            made.map(\.fileCount) == [1, 2] && made.allSatisfy { $0.location.key.text.hasSuffix("Z_backfill.json.gz") })
        let summary = try await world.expectSound("after the backfill")
        #expect(summary.validBackfills == 2)
        #expect(try await world.judge(opensFiles: true).findings.isEmpty, "contents, hashes and counts are as listed")
        #expect(try await world.repair().survey().unlisted.isEmpty)
        // From now on digests name it: it cannot be taken away with its files.
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        try await world.expectSound("named by the next digests")
        let (file, digest) = (lost[2], try #require(made.first { $0.fileCount == 1 }).location)
        for location in [file, digest] {
            try await world.disk.remove("/data/buckets/\(location.bucket)/\(location.key)")
        }
        #expect(
            try await world.judge().findings.map { "\($0.code.rawValue) \($0.object ?? "")" } == [
                "digest.missing s3://\(digest.bucket)/\(digest.key)"
            ])
    }

    @Test("a file of an organization's trail belongs to its chain there, not to one of the account's own folder")
    func organization() async throws {
        let world = try await ChainWorld()
        try await world.turn(.start)
        try await world.turn(.stop)
        world.organization = try OrganizationID("o-exampleorgid")
        try await world.turn(.start, inSameCut: true)
        try await world.digest()
        let lost = try await world.lostFile()
        let survey = try await world.repair().survey()
        #expect(survey.unlisted.map(\.location) == [lost])
        let made = try await world.repair().backfill(survey.unlisted)
        #expect(made.map { $0.location.key.text.hasPrefix("AWSLogs/o-exampleorgid/") } == [true])
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        #expect(try await world.expectSound().validBackfills == 1)
    }

    @Test("a series of backfill digests goes on")
    func series() async throws {
        let world = try await world()
        for expected in 1...3 {
            _ = try await world.lostFile()
            world.time.advance(by: ChainWorld.hour)
            try await world.digest()
            let again = try await world.repair().backfill(try await world.repair().survey().unlisted)
            #expect(again.count == 1)
            #expect(try await world.expectSound("after another").validBackfills == expected)
        }
    }

    @Test("what is not proven is named with the reason, and never listed")
    func unproven() async throws {
        let world = try await world()
        let genuine = try await world.lostFile()
        let bytes = try await world.objects.get(genuine, limit: 1 << 20).bytes
        func plant(_ name: String, _ bytes: [UInt8]) async throws {
            let folder = genuine.key.text.split(separator: "/").dropLast().joined(separator: "/")
            try await world.objects.put(
                bytes, at: ObjectLocation(bucket: genuine.bucket, key: try ObjectKey("\(folder)/\(name)")),
                metadata: [:])
        }
        let stem = "111122223333_CloudTrail_us-east-1_20260301T1000Z_"
        try await plant(stem + "AAAAAAAAAAAAAAAA.json.gz", bytes)
        var damaged = bytes
        damaged[damaged.count - 1] ^= 1
        try await plant(stem + "BBBBBBBBBBBBBBBB.json.gz", damaged)
        try await plant(stem + "CCCCCCCCCCCCCCCC.json.gz", Array("{}".utf8))
        _ = try await world.lostFile(of: "without-digests")
        let survey = try await world.repair().survey()
        var reasons: [String] = []
        for file in survey.unlisted {
            if case .unproven(let reason) = file.origin { reasons.append(reason) }
        }
        #expect(survey.unlisted.count == 5 && reasons.count == 4)
        #expect(reasons.filter { $0.hasPrefix("it is encrypted for another name") }.count == 2)
        #expect(reasons.contains { $0.hasPrefix("it is not encrypted") })
        #expect(reasons.contains { $0.hasPrefix("it is of trail without-digests") })
        #expect(try await world.repair().backfill(survey.unlisted).map(\.fileCount) == [1])
    }

    @Test("files of a cut that is not finished are left to it")
    func pending() async throws {
        let world = try await world()
        _ = try await world.lostFile()
        let survey = try await world.repair(pendingSince: EventTime(seconds: world.time.now.seconds - 30)).survey()
        #expect(survey.unlisted.isEmpty && survey.pendingCount == 1)
        world.time.advance(by: .seconds(120))
        let later = try await world.repair(pendingSince: EventTime(seconds: world.time.now.seconds)).survey()
        #expect(later.unlisted.count == 1)
    }

    @Test("a digest that is gone or altered ends the search: what it listed is not known")
    func broken() async throws {
        let world = try await world()
        let head = try #require(try await world.head(ChainWorld.other))
        let place = try #require(head.previous)
        let location = ObjectLocation(bucket: place.bucket, key: place.key)
        let etag = try await world.objects.head(location).etag
        try await world.objects.replace(Array("other".utf8), at: location, metadata: [:], ifETag: etag)
        await #expect {
            _ = try await world.repair().survey()
        } throws: {
            "\($0)".contains("is not the digest that its successor names") && "\($0)".contains("cairn validate")
        }
    }

    @Test("documents that are older than the archive end the search")
    func rolledBack() async throws {
        let world = try await world()
        let before = world.documents.snapshot()
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        world.documents.restore(before)
        await #expect {
            _ = try await world.repair().survey()
        } throws: { "\($0)".contains("they were rolled back") }
    }

    @Test("a repair that is stopped anywhere is finished by the next, once", arguments: 0..<20)
    func interrupted(at failure: Int) async throws {
        let world = try await world()
        for _ in 0..<3 { _ = try await world.lostFile() }
        let found = try await world.repair().survey().unlisted
        switch failure % 3 {
        case 0: world.documents.fail(call: failure / 3 + 1)
        case 1: world.documents.loseAnswer(call: failure / 3 + 1)
        default: world.objects.loseAnswers(1)
        }
        _ = try? await world.repair().backfill(found)
        world.documents.fail(call: nil)
        world.documents.loseAnswer(call: nil)
        world.objects.heal()
        _ = try await world.repair().resume()
        _ = try await world.repair().backfill(try await world.repair().survey().unlisted)
        world.time.advance(by: ChainWorld.hour)
        try await world.digest()
        let summary = try await world.expectSound("stopped at \(failure)")
        #expect(summary.validBackfills >= 1)
        #expect(try await world.repair().survey().unlisted.isEmpty)
    }
}
