/// How much the door takes before it refuses.
package struct IntakeLimits: Sendable {
    /// How long an event is remembered to recognise it when it comes again, in ms in which something came.
    package var windowMilliseconds: Int64 = 600_000
    /// The most events remembered for that, in each of two generations; about 50 bytes each.
    package var windowCountMax = 2_000_000
    /// The most bytes of events in the log, over all partitions.
    package var logByteCountMax = 8 << 30
    /// The part of that which one account may fill, when there are several.
    package var accountShare = 0.5
    /// Bytes of the disk that are left alone.
    package var diskReserveByteCount = 256 << 20

    /// A pause counts for no more than this: while nothing comes, be it that the door is away, nobody could send again.
    var gapMilliseconds: Int64 { min(10_000, windowMilliseconds / 60) }

    package init() {}
}
