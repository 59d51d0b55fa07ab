/// What the store is asked to do with the objects of a trail, log files and digests alike, beside keeping them.
package struct StorageRules: Sendable, Hashable, Codable {
    /// Nil: what the bucket does by itself.
    package var encryption: StoreEncryption?
    package var lock: ObjectLock?

    /// Nil when nothing is asked.
    package init?(encryption: StoreEncryption?, lock: ObjectLock?) {
        if encryption == nil, lock == nil { return nil }
        (self.encryption, self.lock) = (encryption, lock)
    }
}
