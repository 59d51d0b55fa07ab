/// The house as ARCHITECTURE.md draws it: what each target may import, of ours and of the outside world.
///
/// An import that this table does not allow is a question of design: raise it, then change ARCHITECTURE.md and this.
struct Drawing {
    struct Room {
        var level: Int
        var ours: Set<String>
        var outside: Set<String>
    }

    var rooms: [String: Room]
    /// What any target may import: they come with the language.
    var plain: Set<String> = ["Swift", "Synchronization", "FoundationEssentials"]
    /// What test targets may import besides.
    var testing: Set<String> = ["Testing", "Foundation", "FoundationEssentials", "Glibc", "Synchronization"]
    /// What a target must not reach, however long the way.
    var unreachable: [String: Set<String>]

    static let cairn: Drawing = {
        let floor: Set = ["CairnNative", "CairnSystem"]
        let walls = floor.union(["CairnFormat"])
        let c: Set = ["COpenSSL", "CZlib", "CDeflate", "CISAL", "CSimdJSON", "CMalloc", "CFuzzer"]
        let readers = walls.union(["CairnCatalog", "CairnLog", "CairnObjects", "CairnKeys"])
        var rooms = [
            "CairnNative": Room(level: 0, ours: c, outside: ["Glibc"]),
            "CairnSystem": Room(level: 0, ours: [], outside: ["Glibc"]),
            "CairnTerminal": Room(level: 0, ours: [], outside: ["Glibc"]),
            "CairnFormat": Room(level: 1, ours: ["CairnNative"], outside: []),
            "CairnDocuments": Room(level: 1, ours: ["CairnSystem"], outside: []),
            "CairnTrails": Room(level: 2, ours: ["CairnFormat", "CairnNative"], outside: []),
            "CairnKeys": Room(level: 2, ours: walls.union(["CairnDocuments"]), outside: []),
            "CairnObjects": Room(level: 2, ours: walls, outside: []),
            "CairnLog": Room(level: 3, ours: walls.union(["CairnKeys"]), outside: []),
            "CairnCatalog": Room(level: 3, ours: walls.union(["CairnDocuments", "CairnTrails"]), outside: []),
            "CairnRemote": Room(
                level: 3, ours: walls.union(["CairnObjects", "CairnKeys"]),
                outside: ["AsyncHTTPClient", "NIOCore", "NIOHTTP1", "NIOSSL"]),
            "CairnSQLite": Room(level: 3, ours: ["CairnDocuments", "CairnSystem"], outside: ["GRDB"]),
            "CairnTopics": Room(
                level: 4, ours: walls.union(["CairnLog", "CairnRemote", "CairnDocuments"]), outside: []),
            "CairnValidation": Room(level: 4, ours: walls.union(["CairnObjects", "CairnKeys"]), outside: []),
            "CairnAPI": Room(
                level: 4, ours: walls.union(["CairnCatalog", "CairnTrails", "CairnKeys"]), outside: []),
            "CairnDelivery": Room(
                level: 5, ours: readers.union(["CairnTopics", "CairnTrails"]), outside: ["Logging", "CoreMetrics"]),
            "CairnDigests": Room(level: 5, ours: readers, outside: ["Logging", "CoreMetrics"]),
            "CairnHistory": Room(
                level: 5, ours: walls.union(["CairnSQLite", "CairnLog", "CairnKeys", "CairnDocuments"]),
                outside: ["Logging"]),
            "CairnHTTP": Room(
                level: 5, ours: readers.union(["CairnAPI", "CairnTopics", "CairnTrails"]),
                outside: [
                    "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "HTTPTypes", "NIOCore", "Logging",
                    "CoreMetrics",
                ]),
            "CairnCluster": Room(
                level: 5, ours: ["CairnLog", "CairnDocuments", "CairnTopics", "CairnSystem", "CNATS"], outside: []),
        ]
        for name in c.union(["CNATS"]) { rooms[name] = Room(level: -1, ours: [], outside: []) }
        let upTo5 = Set(rooms.filter { (0...5).contains($0.value.level) }.keys)
        rooms["CairnServer"] = Room(
            level: 6, ours: upTo5.subtracting(["CairnValidation"]),
            outside: ["ServiceLifecycle", "UnixSignals", "Configuration", "Logging", "CoreMetrics", "Metrics"])
        rooms["CairnTestKit"] = Room(
            level: 6, ours: walls.union(["CairnLog", "CairnObjects", "CairnDocuments", "CairnTopics", "CairnKeys"]),
            outside: ["Glibc"])
        rooms["CairnSimulation"] = Room(
            level: 7, ours: upTo5.union(["CairnServer", "CairnTestKit"]),
            outside: ["Logging", "CoreMetrics", "Glibc"])
        rooms["CairnFuzz"] = Room(level: 7, ours: upTo5.union(["CairnTestKit"]), outside: ["CoreMetrics", "Glibc"])
        // Both doors of the validator: options become types, findings become output.
        rooms["CairnValidateCommand"] = Room(
            level: 7,
            ours: walls.union(["CairnValidation", "CairnObjects", "CairnKeys", "CairnTerminal", "CairnRemote"]),
            outside: ["ArgumentParser"])
        // The command may use everything that a node is made of, and nothing that only tests are.
        rooms["cairn"] = Room(
            level: 8, ours: upTo5.union(["CairnServer", "CairnValidateCommand"]),
            outside: ["ArgumentParser", "Logging", "CoreMetrics", "Glibc"])
        rooms["cairn-validate"] = Room(
            level: 8,
            ours: ["CairnValidateCommand", "CairnNative", "CairnTerminal"], outside: ["ArgumentParser", "Glibc"])
        rooms["cairn-sim"] = Room(
            level: 8, ours: ["CairnSimulation", "CairnTerminal"], outside: ["ArgumentParser", "Glibc"])
        rooms["cairn-fuzz"] = Room(level: 8, ours: ["CairnFuzz", "CairnNative", "CairnTerminal"], outside: ["Glibc"])
        // The judge shares no code with those it judges.
        let writers: Set = ["CairnLog", "CairnTopics", "CairnDelivery", "CairnDigests", "CairnSQLite", "GRDB"]
        return Drawing(
            rooms: rooms,
            unreachable: ["CairnValidation": writers, "CairnValidateCommand": writers, "cairn-validate": writers])
    }()
}
