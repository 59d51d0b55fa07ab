import CairnNative

/// How CloudTrail and cairn write gzip. What deviates is not wrong gzip, but room for bytes that nobody sees.
enum GzipRules {
    /// What is odd about a member; nil when nothing is.
    ///
    /// - Parameters:
    ///   - isWhole: whether the whole member is at hand, or its beginning alone.
    ///   - since: the earliest time that the header may carry, in seconds since 1970; and the latest.
    static func problem(_ member: [UInt8], isWhole: Bool, since: Int64, until: Int64) -> String? {
        guard let header = GzipForm.Header(member) else { return "no gzip" }
        guard header.flags == 0 else {
            return "header flags \(header.flags): a file name, a comment or extra fields that readers pass over"
        }
        guard header.time == 0 || (since...max(since, until)).contains(Int64(header.time)) else {
            return "a time of \(header.time) in the header"
        }
        let isKnown: Bool =
            switch header.system {
            // Java before 16.
            case 0: header.extraFlags == 0
            // zlib on Unix; Java from 16 on, libdeflate, ISA-L.
            case 3, 255: [0, 2, 4].contains(header.extraFlags)
            default: false
            }
        guard isKnown else { return "extra flags \(header.extraFlags) and system \(header.system) in the header" }
        guard isWhole else { return nil }
        guard let form = GzipForm(member) else { return "damaged data" }
        guard form.hasZeroPadding else { return "bits that are not zero behind the end of the data" }
        guard form.emptyBlockCount == 0 else { return "\(form.emptyBlockCount) empty blocks" }
        return nil
    }

    /// What is odd about a digest of cairn's, whose every byte of frame is known.
    static func problemOfOurs(_ member: [UInt8]) -> String? {
        guard let header = GzipForm.Header(member) else { return "no gzip" }
        guard header == ours else { return "another header than cairn writes" }
        return problem(member, isWhole: true, since: 0, until: 0)
    }

    private static let ours = GzipForm.Header([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
}
