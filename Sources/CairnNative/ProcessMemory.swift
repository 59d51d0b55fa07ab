import CMalloc
import Glibc

/// How this process gets memory from the system.
package enum ProcessMemory {
    /// Keeps large blocks for the next use instead of giving each back at once: bodies and files come by the megabyte, and
    /// clearing fresh pages for each took a tenth of all time. Call it once, before there are threads.
    package static func keepLargeBlocks() {
        _ = mallopt(M_MMAP_THRESHOLD, 32 << 20)
        _ = mallopt(M_TRIM_THRESHOLD, 64 << 20)
        // Each arena keeps blocks of its own.
        _ = mallopt(M_ARENA_MAX, 2)
    }

    /// No core dumps, and no other process of the same user may look into this one. Call it at the start.
    package static func forbidDumps() {
        _ = cairn_forbid_dumps()
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
