/// Why some bytes are no batch. Behind a checksum that holds, it means a program's fault or another version.
package indirect enum BatchProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case truncated
    case version(UInt8)
    case damaged

    package var description: String {
        switch self {
        case .truncated: "a batch ends too early"
        case .version(let found):
            "a batch of version \(found), where this cairn reads 1: use the newer cairn that wrote it"
        case .damaged: "a batch contradicts itself"
        }
    }
}
