import CairnFuzz
import CairnNative
import CairnTerminal
import Glibc

/// `cairn-fuzz`: libFuzzer over one of the targets; which one, `CAIRN_FUZZ_TARGET` says. Started by `Tools/fuzz`.
@main
struct CairnFuzzMain {
    static func main() {
        let names = FuzzTarget.all.map(\.name).joined(separator: ", ")
        guard let name = getenv("CAIRN_FUZZ_TARGET").map({ String(cString: $0) }), let target = FuzzTarget.named(name)
        else {
            Terminal.error("CAIRN_FUZZ_TARGET names no target: it is one of \(names)")
            exit(2)
        }
        guard Fuzzer.isThere else {
            Terminal.error("linked without libFuzzer: 'Tools/fuzz \(name)' builds and runs it")
            exit(2)
        }
        exit(
            Fuzzer.run { input in
                do throws(Broken) { try target.run(input) } catch {
                    Terminal.error("\(target.name): \(error)")
                    abort()
                }
            })
    }
}
