import CairnSystem
import Synchronization

/// Random numbers that a seed repeats (SplitMix64). Lives in the test kit alone, which no product links.
package final class SeededRandom: RandomSource {
    private let state: Mutex<UInt64>

    package init(seed: UInt64) { state = Mutex(seed) }

    package func next() -> UInt64 {
        state.withLock { state in
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    /// A number from 0 to below `bound`.
    package func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }

    package func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

    package func fill(_ bytes: inout MutableSpan<UInt8>) {
        for i in bytes.indices { bytes[i] = UInt8(truncatingIfNeeded: next()) }
    }
}
