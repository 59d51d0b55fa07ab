import CairnNative

/// What an input says is to be done to bytes that are whole: where checksums and seals guard every byte, what chance writes never
/// gets past the first of them, but what chance changes in the right bytes may.
struct Edits {
    private var input: ArraySlice<UInt8>

    init(_ input: some Collection<UInt8>) { self.input = ArraySlice(input) }

    private mutating func number(below bound: Int) -> Int {
        let number = input.prefix(2).reduce(0) { $0 << 8 | Int($1) }
        input = input.dropFirst(2)
        return bound > 0 ? number % bound : 0
    }

    /// Does what is left of the input, at most 16 edits.
    mutating func apply(to bytes: inout [UInt8]) {
        for _ in 0..<16 {
            guard let kind = input.popFirst() else { return }
            let at = number(below: bytes.count + 1)
            switch kind % 8 {
            case 0: if at < bytes.count { bytes[at] ^= input.popFirst() ?? 1 }
            case 1: if at < bytes.count { bytes[at] = input.popFirst() ?? 0 }
            case 2: bytes.removeSubrange(at...)
            case 3: bytes.removeSubrange(at..<min(bytes.count, at + number(below: 300)))
            case 4:
                let piece = input.prefix(number(below: 20))
                input = input.dropFirst(piece.count)
                bytes.insert(contentsOf: piece, at: at)
            case 5:
                // Another place's bytes again.
                let from = number(below: bytes.count + 1)
                bytes.insert(contentsOf: bytes[from..<min(bytes.count, from + number(below: 300))], at: at)
            case 6: bytes.replaceSubrange(at..<min(bytes.count, at + number(below: 300)), with: [])
            default:
                let end = min(bytes.count, at + number(below: 300))
                bytes.replaceSubrange(at..<end, with: [UInt8](repeating: 0, count: end - at))
            }
        }
    }
}
