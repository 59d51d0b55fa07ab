package import CairnFormat
package import CairnSystem

/// What the store is asked to do with one object, beside keeping it. A store that cannot refuses the object.
package struct ObjectProtection: Sendable, Equatable {
    /// Until when nobody may delete or change the object.
    package struct Hold: Sendable, Equatable {
        package var mode: ObjectLock.Mode
        package var until: Timestamp

        package init(mode: ObjectLock.Mode, until: Timestamp) { (self.mode, self.until) = (mode, until) }
    }

    package var encryption: StoreEncryption?
    package var hold: Hold?

    /// - Parameter time: the object's own, the same for whoever puts it: what it is held for counts from then.
    package init?(_ rules: StorageRules?, from time: Timestamp) {
        guard let rules else { return nil }
        encryption = rules.encryption
        hold = rules.lock.map { Hold(mode: $0.mode, until: time + .seconds(Int64($0.days) * 86_400)) }
    }
}
