import CairnFormat
import CairnLog
import Testing

@Suite("Which partition, known answers")
struct PartitionRuleTests {
    /// Computed with Python's hashlib.
    @Test(
        "the first 8 bytes of SHA-256 of account, 0 and Region",
        arguments: [
            ("111122223333", "us-east-1", [0, 2, 4, 2]), ("111122223333", "eu-west-1", [0, 2, 5, 2]),
            ("999988887777", "ap-south-1", [0, 0, 5, 0]), ("000000000001", "us-east-1", [0, 2, 2, 2]),
        ])
    func known(_ account: String, _ region: String, _ expected: [Int]) throws {
        let (account, region) = (try AccountID(account), try Region(region))
        let found = [1, 4, 7, 16].map { PartitionRule.partition(account, region, count: $0) }
        #expect(found == expected)
    }
}
