import CairnFormat
package import CairnObjects

/// What every ``ObjectStore`` promises. The subject of a rule is an empty store.
package enum ObjectStoreSpec {
    package typealias Rule = SpecRule<any ObjectStore>

    package static let rules: [Rule] = [
        Rule("an object is there as it was put, with its metadata and etag", readBack),
        Rule("a put never overwrites, and leaves what stands there as it is", createOnly),
        Rule("of many puts at one key exactly one wins", race),
        Rule("replace overwrites by etag, and nothing else", replace),
        Rule("reading has a limit, and says what is not there", limits),
        Rule("a list is in order of the keys' UTF-8 bytes, without the store's own files, in pages", list),
        Rule("letters that look equal are different keys", spelling),
    ]

    private static func at(_ key: String) throws -> ObjectLocation {
        ObjectLocation(bucket: try BucketName("spec-bucket"), key: try ObjectKey(key))
    }

    private static func readBack(_ store: any ObjectStore) async throws {
        let long = String(repeating: "k", count: 200)
        for (key, bytes, metadata) in [
            ("a", [], [:]), ("b/c d/é+%41.gz", Array(0...255), ["name": "värde", "other": ""]),
            ("c", [1], ["name": "a\r\nx-amz-meta-more: 1", "space": " at its ends "]), (long, [1], ["a": "b"]),
            ("big", [UInt8](repeating: 9, count: 3 << 20), [:]),
        ] as [(String, [UInt8], [String: String])] {
            let location = try at(key)
            let etag = try await store.put(bytes, at: location, metadata: metadata)
            let found = try await store.head(location)
            // What else a store does with an object by itself is its own matter.
            let head = ObjectHead(etag: etag, byteCount: bytes.count, metadata: metadata, keeping: found.keeping)
            try SpecFailure.unlessEqual(found, head, "the head of \(key)")
            let there = try await store.get(location, limit: bytes.count)
            try SpecFailure.unless(there.bytes == bytes, "the bytes of \(key)")
            try SpecFailure.unlessEqual(there.head, head, "the head that comes with \(key)")
        }
    }

    private static func createOnly(_ store: any ObjectStore) async throws {
        for metadata in [[:], ["k": "v"]] as [[String: String]] {
            let location = try at("x\(metadata.count)")
            try await store.put([1], at: location, metadata: metadata)
            let before = try await store.get(location, limit: 9)
            for (bytes, other) in [([1], metadata), ([2], [:]), ([2], ["k": "w"])] as [([UInt8], [String: String])] {
                try await expect(.exists(location), "put over \(location)") { () throws(ObjectError) in
                    try await store.put(bytes, at: location, metadata: other)
                }
                let after = try await store.get(location, limit: 9)
                try SpecFailure.unlessEqual(after, before, "a refused put changes nothing")
            }
        }
    }

    private static func race(_ store: any ObjectStore) async throws {
        let location = try at("a/b/c")
        let won = await withTaskGroup(of: UInt8?.self) { group in
            for i in 0..<16 as Range<UInt8> {
                group.addTask { (try? await store.put([i], at: location, metadata: [:])) == nil ? nil : i }
            }
            return await group.reduce(into: [UInt8]()) { if let winner = $1 { $0.append(winner) } }
        }
        try SpecFailure.unlessEqual(won.count, 1, "winners")
        try SpecFailure.unlessEqual(try await store.get(location, limit: 1).bytes, won, "the winner's bytes are there")
    }

    private static func replace(_ store: any ObjectStore) async throws {
        let location = try at("a/b")
        try await expect(.notFound(location), "replace what is not there") { () throws(ObjectError) in
            try await store.replace([2], at: location, metadata: [:], ifETag: "x")
        }
        let first = try await store.put([1], at: location, metadata: ["k": "old"])
        try await expect(.changed(location), "replace by another etag") { () throws(ObjectError) in
            try await store.replace([2], at: location, metadata: [:], ifETag: first + "0")
        }
        let second = try await store.replace([2], at: location, metadata: ["k": "new"], ifETag: first)
        let head = ObjectHead(etag: second, byteCount: 1, metadata: ["k": "new"])
        try SpecFailure.unlessEqual(
            try await store.get(location, limit: 1), StoredObject(bytes: [2], head: head), "what replaced it is there")
        try await expect(.changed(location), "replace by an old etag") { () throws(ObjectError) in
            try await store.replace([3], at: location, metadata: [:], ifETag: first)
        }
        try await store.replace([2, 2], at: location, metadata: [:], ifETag: second)
        try SpecFailure.unlessEqual(try await store.head(location).metadata, [:], "metadata is the new object's alone")
    }

    private static func limits(_ store: any ObjectStore) async throws {
        let location = try at("a")
        try await expect(.notFound(location), "get") { () throws(ObjectError) in
            _ = try await store.get(location, limit: 9)
        }
        try await expect(.notFound(location), "head") { () throws(ObjectError) in _ = try await store.head(location) }
        try await store.put([1, 2, 3], at: location, metadata: [:])
        let isTooLarge = { (error: ObjectError) in if case .tooLarge = error { true } else { false } }
        try await SpecFailure.unlessThrown("a limit below the size", isTooLarge) { () throws(ObjectError) in
            _ = try await store.get(location, limit: 2)
        }
    }

    private static func list(_ store: any ObjectStore) async throws {
        let sorted = [
            "A", "a", "a b", "a!/z", "a-b/c", "a.txt", "b/b.txt", "b/b0", "b/c/d/e", "b/c0", "b0/x", "é", "ｚ", "😀",
        ]
        for (i, key) in sorted.reversed().enumerated() {
            try await store.put([1], at: try at(key), metadata: i % 2 == 0 ? [:] : ["k": "v"])
        }
        let bucket = try at("x").bucket
        for prefix in ["", "a", "a-", "b/", "b/c", "b/c/d/", "b0", "nothing"] {
            let expected = sorted.filter { $0.utf8.starts(with: prefix.utf8) }
            for limit in [1, 2, 100] {
                var found: [String] = []
                while found.count <= sorted.count {
                    let page = try await store.list(bucket, prefix: prefix, after: found.last, limit: limit)
                    try SpecFailure.unless(page.count <= limit, "at most \(limit) keys a page")
                    found += page.map(\.text)
                    if page.isEmpty { break }
                }
                try SpecFailure.unlessEqual(found, expected, "the list of '\(prefix)' by \(limit)")
            }
        }
        let page = try await store.list(bucket, prefix: "", after: "b/c", limit: 2)
        try SpecFailure.unlessEqual(page.map(\.text), ["b/c/d/e", "b/c0"], "after what is no key")
        let none = try await store.list(try BucketName("no-bucket"), prefix: "", after: nil, limit: 9)
        try SpecFailure.unlessEqual(none.map(\.text), [], "a bucket that is not there is empty")
    }

    private static func spelling(_ store: any ObjectStore) async throws {
        let spellings = ["e\u{301}", "\u{E9}"]
        for (i, key) in spellings.enumerated() { try await store.put([UInt8(i)], at: try at(key), metadata: [:]) }
        for (i, key) in spellings.enumerated() {
            try SpecFailure.unlessEqual(
                try await store.get(try at(key), limit: 1).bytes, [UInt8(i)], "the bytes of \(key)")
        }
        let found = try await store.list(try at("x").bucket, prefix: spellings[1], after: spellings[0], limit: 9)
        try SpecFailure.unless(found.map { Array($0.text.utf8) } == [Array(spellings[1].utf8)], "lists compare bytes")
    }

    private static func expect(
        _ expected: ObjectError, _ promise: String, _ body: () async throws(ObjectError) -> Void
    ) async throws {
        try await SpecFailure.unlessThrown(promise, { $0 == expected }, body)
    }
}
