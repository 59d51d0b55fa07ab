import Glibc

/// The kernel's random numbers (getrandom).
package struct SystemRandom: RandomSource {
    package init() {}

    package func bytes(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = getrandom(buffer.baseAddress! + filled, count - filled, 0)
                precondition(got > 0 || errno == EINTR, "the kernel has no random numbers: errno \(errno)")
                filled += max(got, 0)
            }
        }
    }
}
