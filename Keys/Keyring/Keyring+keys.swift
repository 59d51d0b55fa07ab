package import CairnFormat
import CairnNative
import CairnSystem

/// Managed keys as KMS has them: make, name, enable, disable, delete.
extension Keyring {
    /// The alias of the key that new trails use unless they are told otherwise.
    package static let standardAlias = "cairn"

    /// Makes a managed key.
    ///
    /// - Parameter alias: a name for it, without `alias/`.
    package func create(
        region: Region, account: AccountID, description: String, alias: String?, rotationDays: Int?, by actor: KeyActor
    ) async throws(KeyError) -> ManagedKey {
        if let alias { try Self.checkAlias(alias) }
        try Self.checkRotation(rotationDays)
        guard description.utf8.count <= 8_192 else {
            throw .refused("a description has at most 8192 bytes (as KMS), found \(description.utf8.count)")
        }
        // Looked at before a record is made; what counts is the look in the swap.
        if let alias, try await manifest().aliases[alias] != nil {
            throw .refused("there is an alias/\(alias) already")
        }
        let arn = KeyARN(region: region, account: account, id: UniqueID(random: random.bytes(16)))
        let now = time.now.milliseconds
        let key = ManagedKey(
            arn: arn, description: description, state: .enabled, createdAt: now, rotationDays: rotationDays,
            versions: [try await makeVersion(1, of: arn)])
        return try await change(by: actor) { (manifest) throws(KeyError) in
            var parameters = ["description": description]
            if let alias {
                guard manifest.aliases[alias] == nil else { throw .refused("there is an alias/\(alias) already") }
                manifest.aliases[alias] = arn
                parameters["aliasName"] = "alias/\(alias)"
            }
            if let rotationDays { parameters["rotationPeriodInDays"] = String(rotationDays) }
            manifest.keys.append(key)
            return (key, EventDraft(name: "CreateKey", parameters: parameters, resources: [arn]))
        }
    }

    /// The key that new trails use, made now if there is none.
    package func standardKey(region: Region, account: AccountID) async throws(KeyError) -> ManagedKey {
        let name = "alias/\(Self.standardAlias)"
        if let key = try await manifest().key(name) { return key }
        do throws(KeyError) {
            return try await create(
                region: region, account: account,
                description: "Encrypts the log files of trails that name no other key",
                alias: Self.standardAlias, rotationDays: 365, by: KeyActor(.service, name: "cairn"))
        } catch {
            // Made by somebody else at the same moment.
            if let key = try await manifest().key(name) { return key }
            throw error
        }
    }

    /// Makes a version's key and writes its record, before the manifest names it: what the manifest names is there, and a
    /// record that nothing names does no harm.
    func makeVersion(_ number: Int, of arn: KeyARN) async throws(KeyError) -> ManagedKey.Version {
        let version = ManagedKey.Version(
            number: number, createdAt: time.now.milliseconds, record: UniqueID(random: random.bytes(16)), state: .active
        )
        let record = SealedRecord(
            .managedKey, Self.managedKeySubject(arn, version), newKey(), by: roots.primary, random: random)
        try await put(record, at: Self.managedKeyDocument(arn, version))
        return version
    }

    private static func checkAlias(_ alias: String) throws(KeyError) {
        let isPlain = alias.utf8.allSatisfy { c in
            (0x30...0x39).contains(c) || (0x41...0x5A).contains(c) || (0x61...0x7A).contains(c)
                || "/_-".utf8.contains(c)
        }
        guard (1...250).contains(alias.utf8.count), isPlain, !alias.hasPrefix("aws/") else {
            throw .refused("an alias has 1 to 250 of A-Z a-z 0-9 / _ - and does not begin with aws/, found '\(alias)'")
        }
    }

    private static func checkRotation(_ days: Int?) throws(KeyError) {
        guard let days else { return }
        guard ManagedKey.rotationDayRange.contains(days) else {
            throw .refused("a rotation period has 90 to 2560 days (as KMS), found \(days)")
        }
    }

    /// Gives a key an alias, or moves one to it.
    package func setAlias(_ alias: String, to name: String, by actor: KeyActor) async throws(KeyError) {
        try Self.checkAlias(alias)
        try await change(by: actor) { (manifest) throws(KeyError) in
            let key = try Self.key(name, manifest)
            let event = manifest.aliases[alias] == nil ? "CreateAlias" : "UpdateAlias"
            manifest.aliases[alias] = key.arn
            return ((), EventDraft(name: event, parameters: ["aliasName": "alias/\(alias)"], resources: [key.arn]))
        }
    }

    package func setRotation(_ name: String, days: Int?, by actor: KeyActor) async throws(KeyError) {
        try Self.checkRotation(days)
        try await edit(
            name, days == nil ? "DisableKeyRotation" : "EnableKeyRotation", by: actor,
            parameters: days.map { ["rotationPeriodInDays": String($0)] } ?? [:]
        ) { (key) throws(KeyError) in key.rotationDays = days }
    }

    package func enable(_ name: String, by actor: KeyActor) async throws(KeyError) {
        try await edit(name, "EnableKey", by: actor) { (key) throws(KeyError) in
            if key.state == .pendingDeletion { throw .pendingDeletion(key.arn) }
            key.state = .enabled
        }
    }

    /// From now on nothing is encrypted or opened under it; lanes that need it are held.
    package func disable(_ name: String, by actor: KeyActor) async throws(KeyError) {
        try await edit(name, "DisableKey", by: actor) { (key) throws(KeyError) in
            if key.state == .pendingDeletion { throw .pendingDeletion(key.arn) }
            key.state = .disabled
        }
    }

    /// Refuses the key at once, and destroys it after `days`.
    ///
    /// - Parameters:
    ///   - users: what else needs it, for people: trails that name it.
    ///   - isForced: whether to do so though something needs it.
    package func scheduleDeletion(
        _ name: String, days: Int, users: [String], isForced: Bool, by actor: KeyActor
    ) async throws(KeyError) -> ManagedKey {
        guard ManagedKey.deletionDayRange.contains(days) else {
            throw .refused("a deletion waits 7 to 30 days (as KMS), found \(days)")
        }
        let key = try Self.key(name, try await manifest())
        if !isForced {
            let needs = users + (try await needs(of: key.arn, version: nil))
            guard needs.isEmpty else { throw .stillNeeded(what: "\(key.arn)", by: needs) }
        }
        let at = time.now.milliseconds + Int64(days) * 86_400_000
        return try await edit(
            name, "ScheduleKeyDeletion", by: actor, parameters: ["pendingWindowInDays": String(days)]
        ) { (key) throws(KeyError) in
            key.state = .pendingDeletion
            key.deletionAt = at
            key.isDeletionForced = isForced
        }
    }

    /// Keeps a key that is pending deletion; it is disabled then, as in KMS.
    package func cancelDeletion(_ name: String, by actor: KeyActor) async throws(KeyError) {
        try await edit(name, "CancelKeyDeletion", by: actor) { (key) throws(KeyError) in
            guard key.state == .pendingDeletion else {
                throw .refused("\(key.arn) is not pending deletion, it is \(key.state.rawValue)")
            }
            key.state = .disabled
            key.deletionAt = nil
            key.isDeletionForced = false
        }
    }

    static func key(_ name: String, _ manifest: KeyManifest) throws(KeyError) -> ManagedKey {
        guard let key = manifest.key(name) else { throw .unknownKey(name) }
        guard key.state != .deleted else { throw .destroyed("\(key.arn)") }
        return key
    }

    /// Changes one key and records it. A change that changes nothing is recorded all the same: it was asked for.
    @discardableResult
    func edit(
        _ name: String, _ event: String, by actor: KeyActor, parameters: [String: String] = [:],
        _ body: (inout ManagedKey) throws(KeyError) -> Void
    ) async throws(KeyError) -> ManagedKey {
        try await change(by: actor) { (manifest) throws(KeyError) in
            let arn = try Self.key(name, manifest).arn
            guard let place = manifest.keys.firstIndex(where: { $0.arn == arn }) else { throw .unknownKey(name) }
            try body(&manifest.keys[place])
            manifest.trailKeyEpoch += 1
            return (
                manifest.keys[place], EventDraft(name: event, parameters: parameters, resources: [arn])
            )
        }
    }
}
