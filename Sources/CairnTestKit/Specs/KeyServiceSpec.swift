package import CairnFormat
package import CairnKeys
import CairnNative

/// What every ``KeyService`` promises.
package enum KeyServiceSpec {
    package typealias Rule = SpecRule<Subject>

    /// A service, and what to ask it for.
    package struct Subject: Sendable {
        let service: any KeyService
        let key: KeyARN
        let unknownKey: KeyARN?

        /// - Parameters:
        ///   - key: a managed key that may be used.
        ///   - unknownKey: one that the service does not have; nil when it takes every name.
        package init(_ service: any KeyService, key: KeyARN, unknownKey: KeyARN?) {
            (self.service, self.key, self.unknownKey) = (service, key, unknownKey)
        }

        fileprivate func use(_ context: EncryptionContext, trail: UInt8 = 1, key: KeyARN? = nil) -> KeyUse {
            KeyUse(
                key: key ?? self.key, trail: UniqueID(random: [UInt8](repeating: trail, count: 16)),
                account: self.key.account, context: context)
        }
    }

    package static let rules: [Rule] = [
        Rule("a data key has 32 bytes, and each of its wraps opens to them", readBack),
        Rule("no data key and no wrap comes twice", fresh),
        Rule("a wrap opens under its own context alone", contexts),
        Rule("a wrap that was changed does not open", changes),
        Rule("a wrap that was made elsewhere is of an unknown key", elsewhere),
        Rule("a key that is unknown gives no data key", unknown),
        Rule("a file opens with what stands in its header", files),
        Rule("many who ask at once get what is theirs", crowd),
    ]

    private static func context(_ name: String) throws -> EncryptionContext {
        try EncryptionContext(["aws:s3:arn": "arn:aws:s3:::bucket/\(name)", "account": "111122223333"])
    }

    private static func bytes(_ secret: borrowing Secret) -> [UInt8] {
        secret.withKeyBytes { bytes in bytes.indices.map { bytes[$0] } }
    }

    private static func readBack(_ subject: Subject) async throws {
        for trail in 1...3 as ClosedRange<UInt8> {
            let context = try context("a")
            let made = try await subject.service.dataKey(for: subject.use(context, trail: trail))
            try SpecFailure.unlessEqual(made.secret.count, 32, "bytes of a data key")
            try SpecFailure.unless(!made.wraps.isEmpty && !made.version.isEmpty, "wraps and what made them")
            for wrap in made.wraps {
                let opened = try await subject.service.open(wrap, context: context)
                try SpecFailure.unless(made.secret.equals(opened), "\(wrap) opens to what was made")
            }
        }
    }

    private static func fresh(_ subject: Subject) async throws {
        let context = try context("a")
        var keys: Set<[UInt8]> = []
        var wraps: Set<[UInt8]> = []
        for _ in 0..<50 {
            let made = try await subject.service.dataKey(for: subject.use(context))
            try SpecFailure.unless(keys.insert(bytes(made.secret)).inserted, "a data key came twice")
            for wrap in made.wraps {
                try SpecFailure.unless(wraps.insert(wrap.info + wrap.ciphertext).inserted, "a wrap came twice")
            }
        }
    }

    private static func contexts(_ subject: Subject) async throws {
        let made = try await subject.service.dataKey(for: subject.use(try context("a")))
        for wrap in made.wraps {
            for other in [try context("b"), .empty] {
                try await expectRefusal("\(wrap) under another context") { () throws(KeyError) in
                    _ = try await subject.service.open(wrap, context: other)
                }
            }
        }
    }

    private static func changes(_ subject: Subject) async throws {
        let context = try context("a")
        let made = try await subject.service.dataKey(for: subject.use(context))
        for wrap in made.wraps {
            for place in wrap.ciphertext.indices {
                var ciphertext = wrap.ciphertext
                ciphertext[place] ^= 1
                let changed = WrappedDataKey(provider: wrap.provider, info: wrap.info, ciphertext: ciphertext)
                try await expectRefusal("byte \(place) of the wrap changed") { () throws(KeyError) in
                    _ = try await subject.service.open(changed, context: context)
                }
            }
            for count in [0, 1, wrap.ciphertext.count - 1] {
                let cut = WrappedDataKey(
                    provider: wrap.provider, info: wrap.info, ciphertext: Array(wrap.ciphertext[..<count]))
                try await expectRefusal("\(count) bytes of the wrap") { () throws(KeyError) in
                    _ = try await subject.service.open(cut, context: context)
                }
            }
            for count in [0, 1, 19, 20, wrap.info.count - 1] where count < wrap.info.count {
                let cut = WrappedDataKey(
                    provider: wrap.provider, info: Array(wrap.info[..<count]), ciphertext: wrap.ciphertext)
                try await expectRefusal("\(count) bytes of the wrap's name") { () throws(KeyError) in
                    _ = try await subject.service.open(cut, context: context)
                }
            }
        }
    }

    private static func elsewhere(_ subject: Subject) async throws {
        let context = try context("a")
        let made = try await subject.service.dataKey(for: subject.use(context))
        for wrap in made.wraps {
            let foreign = WrappedDataKey(provider: "elsewhere", info: wrap.info, ciphertext: wrap.ciphertext)
            try await SpecFailure.unlessThrown(
                "a wrap of another provider",
                { (error: KeyError) in if case .unknownKey = error { true } else { false } }
            ) { () throws(KeyError) in _ = try await subject.service.open(foreign, context: context) }
        }
    }

    private static func unknown(_ subject: Subject) async throws {
        guard let key = subject.unknownKey else { return }
        let use = subject.use(try context("a"), key: key)
        try await SpecFailure.unlessThrown(
            "a data key under a key that is not there",
            { (error: KeyError) in if case .unknownKey = error { true } else { false } }
        ) { () throws(KeyError) in _ = try await subject.service.dataKey(for: use) }
    }

    private static func files(_ subject: Subject) async throws {
        let context = try context("a")
        let made = try await subject.service.dataKey(for: subject.use(context))
        let content = Array("{\"Records\":[]}".utf8)
        let file = EncryptedFileWriter.write(
            content, context: context, dataKey: made.secret, messageID: [UInt8](repeating: 7, count: 32),
            wraps: made.wraps)
        let header = try EncryptedHeader.parse(file).header
        for wrap in header.dataKeys {
            let dataKey = try await subject.service.open(wrap, context: header.context)
            let read = try EncryptedFileReader.read(file, dataKey: dataKey, limit: 1_000)
            try SpecFailure.unlessEqual(read, content, "the file's content")
        }
    }

    private static func crowd(_ subject: Subject) async throws {
        let keys = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for task in 0..<8 as Range<UInt8> {
                group.addTask {
                    var keys: [[UInt8]] = []
                    for round in 0..<10 {
                        let context = try context("\(task)/\(round)")
                        let made = try await subject.service.dataKey(for: subject.use(context, trail: task % 3))
                        let opened = try await subject.service.open(made.wraps[0], context: context)
                        try SpecFailure.unless(made.secret.equals(opened), "task \(task) opens what it got")
                        keys.append(bytes(made.secret))
                    }
                    return keys
                }
            }
            return try await group.reduce(into: [[UInt8]]()) { $0 += $1 }
        }
        try SpecFailure.unlessEqual(Set(keys).count, 80, "keys of their own")
    }

    private static func expectRefusal(_ what: String, _ body: () async throws(KeyError) -> Void) async throws {
        try await SpecFailure.unlessThrown(what, { (error: KeyError) in !error.isTransient }, body)
    }
}
