import CairnKeys
package import CairnSystem
import FoundationEssentials

/// What a node reaches the world through.
package struct Seams: Sendable {
    package var disk: any Disk
    package var time: any TimeSource
    package var random: any RandomSource
    /// Looks up a variable of the environment.
    package var environment: @Sendable (String) -> String?

    package init(
        disk: any Disk, time: any TimeSource, random: any RandomSource,
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.environment = environment
        self.disk = disk
        self.time = time
        self.random = random
    }

    /// The machine's own.
    package static let system = Seams(
        disk: LocalDisk(), time: SystemTime(), random: OpenSSLRandom(),
        environment: { ProcessInfo.processInfo.environment[$0] })
}
