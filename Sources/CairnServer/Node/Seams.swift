import CairnKeys
import CairnNative
package import CairnSystem
import FoundationEssentials

/// What a node reaches the world through.
package struct Seams: Sendable {
    package var disk: any Disk
    package var time: any TimeSource
    package var random: any RandomSource
    /// Looks up a variable of the environment.
    package var environment: @Sendable (String) -> String?
    /// Whether a time service keeps the wall clock.
    package var clockIsKept: @Sendable () -> Bool

    package init(
        disk: any Disk, time: any TimeSource, random: any RandomSource,
        environment: @escaping @Sendable (String) -> String?, clockIsKept: @escaping @Sendable () -> Bool
    ) {
        self.environment = environment
        self.clockIsKept = clockIsKept
        self.disk = disk
        self.time = time
        self.random = random
    }

    /// The machine's own.
    package static let system = Seams(
        disk: LocalDisk(), time: SystemTime(), random: OpenSSLRandom(),
        environment: { ProcessInfo.processInfo.environment[$0] }, clockIsKept: { KernelClock.isKept })
}
