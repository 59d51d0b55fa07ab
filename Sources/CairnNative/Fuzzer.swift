import CFuzzer
import Synchronization

/// libFuzzer, where a program was linked with it (`-sanitize=fuzzer`): it makes inputs that reach code which none before reached.
package enum Fuzzer {
    /// In a box of its own: a closure that a generic lock holds is wrapped once more whenever it is looked at.
    private struct Body {
        var run: (@Sendable ([UInt8]) -> Void)?
    }

    private static let body = Mutex(Body())

    /// Whether this program was linked with it.
    package static var isThere: Bool { cairn_has_fuzzer() != 0 }

    /// Runs `body` on one input after another, as the program's arguments say, until it has done what they ask for.
    ///
    /// - Returns: the exit status.
    package static func run(_ body: @escaping @Sendable ([UInt8]) -> Void) -> Int32 {
        precondition(isThere, "linked without libFuzzer")
        self.body.withLock { $0.run = body }
        return cairn_fuzz(CommandLine.argc, CommandLine.unsafeArgv) { bytes, count in
            Fuzzer.body.withLock { $0.run }?(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
}
