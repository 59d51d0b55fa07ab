package import CairnFormat
import CairnNative

/// Which partition an account's events of a Region go to: the first 8 bytes of SHA-256(account 0x00 region) mod N.
package enum PartitionRule {
    package static func partition(_ account: AccountID, _ region: Region, count: Int) -> Int {
        let hash = SHA256.hash(Array(account.description.utf8) + [0] + Array(region.name.utf8))
        return Int(hash.word(0) % UInt64(count))
    }
}
