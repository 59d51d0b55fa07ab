import CairnNative
import CairnSystem

/// The generator that keys come from: OpenSSL's for private values. Everything else comes from the kernel.
package struct OpenSSLRandom: RandomSource {
    package init() {}

    package func bytes(_ count: Int) -> [UInt8] { SystemRandom().bytes(count) }

    package func fill(_ bytes: inout MutableSpan<UInt8>) { PrivateRandom.fill(&bytes) }
}
