package import CairnKeys
import CairnNative

extension LogKeys {
    /// Keys that are always the same.
    package static let fixed = LogKeys(
        [1: KeyMaterial(Secret(Array("the log key that all tests share.".utf8.prefix(32)).span))], current: 1)
}
