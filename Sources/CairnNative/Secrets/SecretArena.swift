import COpenSSL
import Glibc
import Synchronization

/// Memory for key bytes: locked against swapping, left out of core dumps, zero in children, and zeroed when given back.
///
/// ``Secret`` lives here, and so does all memory of OpenSSL once ``adoptOpenSSL()`` was called: its contexts hold raw
/// keys for as long as they live. Blocks come from mapped regions in sizes of powers of two; a block above 64 KiB is a
/// mapping of its own.
package enum SecretArena {
    /// What became of the protection, for the operator.
    package struct Protection: Sendable, Equatable {
        /// Bytes of mapped regions.
        package var byteCount = 0
        /// Bytes that the kernel refused to lock: they may be swapped out. See `ulimit -l`.
        package var unlockedByteCount = 0
        /// Whether OpenSSL's memory is here too.
        package var hasOpenSSL = false
    }

    /// Where free blocks of one size begin, and what of the newest region was never given out.
    // Pointers into regions that are never unmapped; guarded by the mutex.
    private struct State: @unchecked Sendable {
        var free: [UnsafeMutableRawPointer?] = Array(repeating: nil, count: SecretArena.classCount)
        var fresh: UnsafeMutableRawPointer?
        var freshByteCount = 0
        var protection = Protection()
    }

    private static let headerByteCount = 16
    private static let smallestShift = 6
    private static let classCount = 11
    private static let regionByteCount = 256 << 10
    private static let state = Mutex(State())

    package static var protection: Protection { state.withLock { $0.protection } }

    /// Places OpenSSL's memory here. To be called before anything else uses OpenSSL.
    ///
    /// - Returns: whether it was early enough.
    package static func adoptOpenSSL() -> Bool {
        let done = CRYPTO_set_mem_functions(
            { count, _, _ in count == 0 ? nil : SecretArena.allocate(count) },
            { old, count, _, _ in SecretArena.reallocate(old, count) },
            { old, _, _ in SecretArena.release(old) }
        )
        if done == 1 { state.withLock { $0.protection.hasOpenSSL = true } }
        return done == 1
    }

    // MARK: Blocks

    /// A block of at least `count` bytes, aligned to 16.
    static func allocate(_ count: Int) -> UnsafeMutableRawPointer {
        let total = count + headerByteCount
        var shift = smallestShift
        while 1 << shift < total { shift += 1 }
        let kind = shift - smallestShift
        let block: UnsafeMutableRawPointer
        if kind < classCount {
            block = state.withLock { state in
                if let block = state.free[kind] {
                    state.free[kind] = (block + headerByteCount).load(as: UnsafeMutableRawPointer?.self)
                    return block
                }
                if state.freshByteCount < 1 << shift {
                    // What is left of the region before is too small for this size; it is forgotten.
                    state.fresh = map(regionByteCount, &state.protection)
                    state.freshByteCount = regionByteCount
                }
                guard let block = state.fresh else { preconditionFailure("no memory for secrets") }
                state.fresh = block + (1 << shift)
                state.freshByteCount -= 1 << shift
                return block
            }
        } else {
            block = state.withLock { map(rounded(total), &$0.protection) }
        }
        block.storeBytes(of: count, as: Int.self)
        block.storeBytes(of: kind, toByteOffset: 8, as: Int.self)
        return block + headerByteCount
    }

    /// Zeroes a block and gives it back; nil is nothing.
    static func release(_ pointer: UnsafeMutableRawPointer?) {
        guard let pointer else { return }
        let block = pointer - headerByteCount
        let count = block.load(as: Int.self)
        let kind = block.load(fromByteOffset: 8, as: Int.self)
        explicit_bzero(pointer, count)
        if kind < classCount {
            state.withLock { state in
                pointer.storeBytes(of: state.free[kind], as: UnsafeMutableRawPointer?.self)
                state.free[kind] = block
            }
        } else {
            let size = rounded(count + headerByteCount)
            munmap(block, size)
            state.withLock { $0.protection.byteCount -= size }
        }
    }

    private static func reallocate(_ old: UnsafeMutableRawPointer?, _ count: Int) -> UnsafeMutableRawPointer? {
        guard let old else { return count == 0 ? nil : allocate(count) }
        guard count > 0 else {
            release(old)
            return nil
        }
        let new = allocate(count)
        new.copyMemory(from: old, byteCount: min(count, (old - headerByteCount).load(as: Int.self)))
        release(old)
        return new
    }

    private static func rounded(_ count: Int) -> Int { (count + 4_095) & ~4_095 }

    private static func map(_ count: Int, _ protection: inout Protection) -> UnsafeMutableRawPointer {
        let region = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let region, region != MAP_FAILED else { preconditionFailure("no memory for secrets") }
        // Refused advice (an old kernel) leaves the rest of the protection in force.
        _ = madvise(region, count, MADV_DONTDUMP)
        _ = madvise(region, count, MADV_WIPEONFORK)
        protection.byteCount += count
        if mlock(region, count) != 0, count == regionByteCount { protection.unlockedByteCount += count }
        return region
    }
}
