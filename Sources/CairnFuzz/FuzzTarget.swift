/// Something that reads bytes of unknown origin, and what it promises whatever they are.
package struct FuzzTarget: Sendable {
    package let name: String
    /// Runs one input. Apart from ``Broken``, what must never happen is what ends the process.
    package let run: @Sendable ([UInt8]) throws(Broken) -> Void

    package static let all: [FuzzTarget] = [
        batch, digest, encrypted, events, gzip, keys, names, readers, records, requests, segments, selectors,
        signatures, tar,
        xml,
    ]

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}
