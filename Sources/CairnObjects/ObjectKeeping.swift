import CairnFormat
import CairnSystem

/// What a store says it does with an object, beside keeping its bytes.
package struct ObjectKeeping: Sendable, Equatable {
    package enum Encryption: Sendable, Equatable {
        case storeKey
        /// Under a key of the store's KMS, as the store names it.
        case kms(key: String)
    }

    package var encryption: Encryption?
    package var hold: ObjectProtection.Hold?

    package init() {}

    /// Whether that is what an object was to be kept like. A store that does not say how long it holds an object, be it that
    /// these credentials may not know, has not said that it does.
    package func fulfils(_ protection: ObjectProtection?) -> Bool {
        switch protection?.encryption {
        case .storeKey: guard encryption == .storeKey else { return false }
        case .kms(let key, _): guard encryption == .kms(key: key.description) else { return false }
        case nil: break
        }
        guard let wanted = protection?.hold else { return true }
        guard let hold else { return false }
        return hold.mode == wanted.mode && hold.until.seconds >= wanted.until.seconds
    }
}
