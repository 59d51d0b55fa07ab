import CairnKeys
package import CairnSystem

/// What a node reaches the world through.
package struct Seams: Sendable {
    package var disk: any Disk
    package var time: any TimeSource
    package var random: any RandomSource

    package init(disk: any Disk, time: any TimeSource, random: any RandomSource) {
        self.disk = disk
        self.time = time
        self.random = random
    }

    /// The machine's own.
    package static let system = Seams(disk: LocalDisk(), time: SystemTime(), random: OpenSSLRandom())
}
