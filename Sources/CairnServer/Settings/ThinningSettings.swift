/// When segments that only held lanes need are written anew without what everybody else sent.
package struct ThinningSettings: Sendable {
    /// A lane has been held for this long, ...
    package var age = Duration.seconds(3_600)
    /// ... or the log of a partition with a held lane is this large, in bytes, or all logs together take half of their room.
    package var byteCount = 1 << 30

    package init() {}
}
