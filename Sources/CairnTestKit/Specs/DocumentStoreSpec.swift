package import CairnDocuments

/// What every ``DocumentStore`` promises. The subject of a rule is an empty store.
package enum DocumentStoreSpec {
    package typealias Rule = SpecRule<any DocumentStore>

    package static let rules: [Rule] = [
        Rule("a document is there as it was put, at the revision that was answered", readBack),
        Rule("a put without a revision needs that there is none", createOnly),
        Rule("a put and a removal at another revision are conflicts and change nothing", conflicts),
        Rule("revisions grow, also past a removal", revisions),
        Rule("a list is what begins with the prefix, in order of the keys' bytes", list),
        Rule("a list goes on behind a key, page by page", pages),
        Rule("of many writes those at their revision are done, the others change nothing", writes),
        Rule("a purge takes nothing that is there", purge),
        Rule("of many who begin from one revision exactly one wins", race),
        Rule("a body that is too large is refused", tooLarge),
    ]

    private static func readBack(_ store: any DocumentStore) async throws {
        let key = try DocumentKey("a/b")
        try SpecFailure.unlessEqual(try await store.get(key), nil, "there is nothing in an empty store")
        var revision: UInt64?
        for body in [[], Array(0...255), [UInt8](repeating: 7, count: 100_000)] as [[UInt8]] {
            let new = try await store.put(key, body, ifRevision: revision)
            let expected = Document(key: key, revision: new, body: body)
            try SpecFailure.unlessEqual(try await store.get(key), expected, "read what was put")
            revision = new
        }
        try await store.remove(key, ifRevision: revision ?? 0)
        try SpecFailure.unlessEqual(try await store.get(key), nil, "what was removed is gone")
    }

    private static func createOnly(_ store: any DocumentStore) async throws {
        let key = try DocumentKey("a")
        _ = try await store.put(key, [1], ifRevision: nil)
        try await expectConflict("create where there is one", nil) { () throws(DocumentError) in
            _ = try await store.put(key, [2], ifRevision: nil)
        }
        try SpecFailure.unlessEqual(try await store.get(key)?.body, [1], "the loser changes nothing")
    }

    private static func conflicts(_ store: any DocumentStore) async throws {
        let key = try DocumentKey("a")
        for expected in [1, .max] as [UInt64] {
            try await expectConflict("swap where there is none", expected) { () throws(DocumentError) in
                _ = try await store.put(key, [1], ifRevision: expected)
            }
        }
        let first = try await store.put(key, [1], ifRevision: nil)
        let second = try await store.put(key, [2], ifRevision: first)
        try await expectConflict("swap at an old revision", first) { () throws(DocumentError) in
            _ = try await store.put(key, [3], ifRevision: first)
        }
        for expected in [first, .max] {
            try await expectConflict("remove at another revision", expected) { () throws(DocumentError) in
                try await store.remove(key, ifRevision: expected)
            }
        }
        let document = Document(key: key, revision: second, body: [2])
        try SpecFailure.unlessEqual(try await store.get(key), document, "conflicts change nothing")
    }

    private static func revisions(_ store: any DocumentStore) async throws {
        let key = try DocumentKey("a")
        var last: UInt64 = 0
        for _ in 0..<3 {
            let made = try await store.put(key, [1], ifRevision: nil)
            let changed = try await store.put(key, [1], ifRevision: made)
            try SpecFailure.unless(last < made && made < changed, "\(last) < \(made) < \(changed)")
            try await store.remove(key, ifRevision: changed)
            last = changed
        }
    }

    private static func list(_ store: any DocumentStore) async throws {
        for text in ["b", "a/b", "a", "a-b", "a/B", "a/b/c", "A", "ab"] {
            _ = try await store.put(try DocumentKey(text), Array(text.utf8), ifRevision: nil)
        }
        for (prefix, keys) in [
            ("", ["A", "a", "a-b", "a/B", "a/b", "a/b/c", "ab", "b"]), ("a/", ["a/B", "a/b", "a/b/c"]),
            ("a/b", ["a/b", "a/b/c"]), ("c", []), ("a/%", []), ("a_", []), ("ä", []),
        ] {
            let found = try await store.list(prefix: prefix)
            try SpecFailure.unlessEqual(found.map(\.key.description), keys, "the list of '\(prefix)'")
            try SpecFailure.unless(found.allSatisfy { $0.body == Array($0.key.description.utf8) }, "bodies in a list")
        }
    }

    private static func pages(_ store: any DocumentStore) async throws {
        let keys = ["a/1", "a/2", "a/3", "a/4", "a/5", "b"]
        for text in keys { _ = try await store.put(try DocumentKey(text), [], ifRevision: nil) }
        var found: [String] = []
        var after: DocumentKey?
        while true {
            let page = try await store.list(prefix: "a/", after: after, limit: 2)
            try SpecFailure.unless(page.count <= 2, "a page of two has \(page.count)")
            guard let last = page.last else { break }
            found += page.map(\.key.description)
            after = last.key
        }
        try SpecFailure.unlessEqual(found, Array(keys.dropLast()), "all pages together")
    }

    private static func writes(_ store: any DocumentStore) async throws {
        let (a, b, c) = (try DocumentKey("a"), try DocumentKey("b"), try DocumentKey("c"))
        let first = try await store.put(a, [1], ifRevision: nil)
        let done = try await store.put([
            DocumentWrite(a, [2], ifRevision: first), DocumentWrite(b, [3], ifRevision: 77),
            DocumentWrite(c, [4], ifRevision: nil), DocumentWrite(a, [5], ifRevision: nil),
        ])
        try SpecFailure.unlessEqual(done.map { $0 != nil }, [true, false, true, false], "what was done")
        try SpecFailure.unlessEqual(try await store.get(a)?.body, [2], "the swap at its revision")
        try SpecFailure.unlessEqual(try await store.get(b), nil, "the swap of nothing")
        try SpecFailure.unlessEqual(try await store.get(c)?.body, [4], "the create")
        let revision = try await store.get(a)?.revision ?? 0
        try SpecFailure.unlessEqual(done[0], revision, "the revision of the swap")
        try SpecFailure.unlessEqual(done[2], try await store.get(c)?.revision, "the revision of the create")
        try SpecFailure.unless(revision > first, "revisions grow with writes of many")
        try SpecFailure.unlessEqual(try await store.put([]), [], "no writes")
        try SpecFailure.unlessEqual(try await store.revision(a), revision, "the revision without the body")
        try SpecFailure.unlessEqual(try await store.revision(b), nil, "the revision of nothing")
    }

    private static func purge(_ store: any DocumentStore) async throws {
        let (a, b) = (try DocumentKey("a"), try DocumentKey("b"))
        let first = try await store.put(a, [1], ifRevision: nil)
        let second = try await store.put(b, [2], ifRevision: nil)
        try await store.remove(a, ifRevision: first)
        try await store.purge()
        try SpecFailure.unlessEqual(try await store.get(a), nil, "removed")
        try SpecFailure.unlessEqual(try await store.get(b), Document(key: b, revision: second, body: [2]), "kept")
    }

    private static func race(_ store: any DocumentStore) async throws {
        let key = try DocumentKey("a")
        var revision: UInt64?
        for round in 0..<4 {
            let expected = revision
            let won = await withTaskGroup(of: UInt64?.self) { group in
                for i in 0..<8 { group.addTask { try? await store.put(key, [UInt8(i)], ifRevision: expected) } }
                return await group.reduce(into: [UInt64]()) { if let revision = $1 { $0.append(revision) } }
            }
            try SpecFailure.unlessEqual(won.count, 1, "winners of round \(round)")
            revision = won.first
        }
    }

    private static func tooLarge(_ store: any DocumentStore) async throws {
        let body = [UInt8](repeating: 0, count: (16 << 20) + 1)
        try await SpecFailure.unlessThrown(
            "refuse \(body.count) bytes",
            { (error: DocumentError) in if case .tooLarge = error { true } else { false } }
        ) { () throws(DocumentError) in
            _ = try await store.put(try DocumentKey("a"), body, ifRevision: nil)
        }
        try SpecFailure.unlessEqual(try await store.list(prefix: "").count, 0, "what was refused is not there")
    }

    private static func expectConflict(
        _ promise: String, _ expected: UInt64?, _ body: () async throws(DocumentError) -> Void
    ) async throws {
        let conflict = DocumentError.conflict(key: "a", expected: expected)
        try await SpecFailure.unlessThrown(promise, { $0 == conflict }, body)
    }
}
