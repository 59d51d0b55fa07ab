/// A held lock; letting go of the object lets go of the lock.
package final class DiskLock: Sendable {
    private let release: @Sendable () -> Void

    package init(release: @escaping @Sendable () -> Void) { self.release = release }

    deinit { release() }
}
