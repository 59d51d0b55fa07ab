package import CairnLog

/// What every ``EventLog`` promises. The subject of a rule is an empty log.
package enum EventLogSpec {
    package typealias Rule = SpecRule<any EventLog>

    package static let rules: [Rule] = [
        Rule("sequences begin at 1 and grow by 1", sequences),
        Rule("entries of one append stand one behind the other", groups),
        Rule("the same id gives the same sequence and adds nothing", ids),
        Rule("what was appended reads back whole, in order, in bounded pieces", reading),
        Rule("a read at the end is empty, and tells where to read next", end),
        Rule("many at the same time each get a sequence of their own", race),
        Rule("what is trimmed is an error, never a gap; what is needed stays", trimming),
        Rule("a flush returns when what came before is readable", flush),
    ]

    private static func entry(_ number: Int, byteCount: Int = 50) -> LogEntry {
        let name = String(number)
        let id = Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count)
        let payload = Array("\(name) ".utf8) + [UInt8](repeating: 0x78, count: byteCount)
        return LogEntry(kind: .batch, id: LogID(id), at: Int64(number), payload: payload)
    }

    /// The numbers of all entries from `first` on.
    private static func numbers(_ log: any EventLog, from first: UInt64, byteCountMax: Int) async throws -> [Int] {
        var numbers: [Int] = []
        var next = first
        while true {
            let chunk = try await log.read(from: next, byteCountMax: byteCountMax)
            if chunk.frames.isEmpty { return numbers }
            for frame in chunk.frames {
                try SpecFailure.unlessEqual(frame.sequence, next, "frames come in order, none left out")
                next += frame.span
                numbers.append(Int(String(decoding: chunk.payload(frame).prefix { $0 != 0x20 }, as: UTF8.self)) ?? -1)
            }
            try SpecFailure.unlessEqual(chunk.next, next, "a read tells where to read next")
        }
    }

    private static func sequences(_ log: any EventLog) async throws {
        for number in 1...20 {
            let sequence = try await log.append(entry(number))
            try SpecFailure.unlessEqual(sequence, UInt64(number), "the next sequence")
        }
    }

    private static func groups(_ log: any EventLog) async throws {
        let sequences = try await log.append((1...9).map { entry($0) })
        try SpecFailure.unlessEqual(sequences, Array(1...9), "one behind the other")
        try SpecFailure.unlessEqual(try await log.append([LogEntry]()), [], "nothing is nothing")
    }

    private static func ids(_ log: any EventLog) async throws {
        _ = try await log.append([entry(1), entry(2)])
        try SpecFailure.unlessEqual(try await log.append([entry(3), entry(2), entry(3)]), [3, 2, 3], "known ids")
        try SpecFailure.unlessEqual(try await log.end(), 4, "nothing was added")
    }

    private static func reading(_ log: any EventLog) async throws {
        for number in 1...60 { _ = try await log.append(entry(number, byteCount: number * 311 % 5_000)) }
        _ = try await log.append(entry(61, byteCount: 300_000))
        for byteCountMax in [1, 1_000, 1 << 20] {
            let found = try await numbers(log, from: 1, byteCountMax: byteCountMax)
            try SpecFailure.unlessEqual(found, Array(1...61), "all of it, \(byteCountMax) bytes at a time")
        }
        try SpecFailure.unlessEqual(
            try await numbers(log, from: 40, byteCountMax: 100), Array(40...61), "from the middle")
    }

    private static func end(_ log: any EventLog) async throws {
        try SpecFailure.unlessEqual(try await log.end(), 1, "an empty log ends before 1")
        _ = try await log.append(entry(1))
        let chunk = try await log.read(from: 2, byteCountMax: 100)
        try SpecFailure.unless(chunk.frames.isEmpty && chunk.next == 2, "nothing there yet")
        try SpecFailure.unlessEqual(try await log.end(), 2, "the end")
    }

    private static func race(_ log: any EventLog) async throws {
        let sequences = await withTaskGroup(of: UInt64?.self) { group in
            for number in 1...100 { group.addTask { try? await log.append(entry(number)) } }
            return await group.reduce(into: [UInt64]()) { found, sequence in
                if let sequence { found.append(sequence) }
            }
        }
        try SpecFailure.unlessEqual(sequences.sorted(), Array(1...100), "each its own")
        let found = try await numbers(log, from: 1, byteCountMax: 1 << 16)
        try SpecFailure.unlessEqual(found.sorted(), Array(1...100), "each once")
    }

    private static func trimming(_ log: any EventLog) async throws {
        for number in 1...400 { _ = try await log.append(entry(number, byteCount: 500)) }
        try await log.trim(upTo: 300, olderThan: .max)
        let first = try await log.bounds().first
        try SpecFailure.unless(first <= 300, "what is at or behind the place stays")
        let found = try await numbers(log, from: first, byteCountMax: 1 << 16)
        try SpecFailure.unlessEqual(found, Array(Int(first)...400), "the rest is whole")
        if first > 1 {
            let isRight: (LogError) -> Bool = { if case .trimmed = $0 { true } else { false } }
            try await SpecFailure.unlessThrown("what is gone is an error", isRight) { () throws(LogError) in
                _ = try await log.read(from: 1, byteCountMax: 100)
            }
        }
        try SpecFailure.unlessEqual(try await log.append(entry(401)), 401, "sequences never start again")
    }

    private static func flush(_ log: any EventLog) async throws {
        try await log.flush()
        _ = try await log.append(entry(1))
        try await log.flush()
        try SpecFailure.unlessEqual(try await numbers(log, from: 1, byteCountMax: 100), [1], "it is there")
    }
}
