// swift-tools-version: 6.2
import PackageDescription

// The house and its arrows are drawn in ARCHITECTURE.md; Tests/CairnTidyTests holds this file to that drawing.

let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Tools/fuzz sets it: our own rooms count which of their code an input reaches, and cairn-fuzz has libFuzzer in it.
let sanitizers = Context.environment["CAIRN_FUZZ"]
let watched: [SwiftSetting] = sanitizers.map { [.unsafeFlags(["-sanitize=\($0)"])] } ?? []
let fuzzer: [LinkerSetting] =
    sanitizers.map {
        [.unsafeFlags(["-sanitize=\($0)", "-use-ld=lld", "-Xlinker", "-u", "-Xlinker", "LLVMFuzzerRunDriver"])]
    } ?? []

func room(_ name: String, _ needs: [Target.Dependency] = [], path: String? = nil, exclude: [String] = []) -> Target {
    .target(name: name, dependencies: needs, path: path, exclude: exclude, swiftSettings: house + watched)
}

func tool(_ name: String, _ needs: [Target.Dependency], linker: [LinkerSetting] = []) -> Target {
    .executableTarget(
        name: name, dependencies: needs, path: "Tools/\(name)", swiftSettings: house, linkerSettings: linker)
}

func library(_ name: String, _ pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func suite(_ room: String, _ needs: [Target.Dependency] = [], exclude: [String] = []) -> Target {
    .testTarget(
        name: "\(room)Tests",
        dependencies: [.target(name: room)] + needs,
        exclude: exclude,
        swiftSettings: house
    )
}

let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")

let package = Package(
    name: "cairn",
    products: [
        .executable(name: "cairn", targets: ["cairn"]),
        .executable(name: "cairn-validate", targets: ["cairn-validate"]),
        .executable(name: "cairn-sim", targets: ["cairn-sim"]),
        .executable(name: "cairn-fuzz", targets: ["cairn-fuzz"]),
    ],
    traits: [
        .default(enabledTraits: ["Remote"]),
        .trait(
            name: "Remote", description: "cairn-validate can ask services for keys; without it, it has no HTTP client"),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // 0  safe Swift over C, the machine, how commands talk
        library("COpenSSL", "openssl", apt: "libssl-dev"),
        library("CZlib", "zlib", apt: "zlib1g-dev"),
        library("CDeflate", "libdeflate", apt: "libdeflate-dev"),
        library("CISAL", "libisal", apt: "libisal-dev"),
        .systemLibrary(name: "CMalloc", path: "Sources/CMalloc"),
        .systemLibrary(name: "CFuzzer", path: "Sources/CFuzzer"),
        .target(
            name: "CSimdJSON",
            cxxSettings: [.define("SIMDJSON_THREADS_ENABLED", to: "1")],
            linkerSettings: [.linkedLibrary("simdjson")]
        ),
        room("CairnNative", ["COpenSSL", "CZlib", "CDeflate", "CISAL", "CSimdJSON", "CMalloc", "CFuzzer"]),
        room("CairnSystem"),
        room("CairnTerminal"),
        // 1  every byte shape; the seam for documents
        room("CairnFormat", ["CairnNative"]),
        room("CairnDocuments", ["CairnSystem"]),
        // 2  which events a trail takes; where files rest
        room("CairnTrails", ["CairnFormat", "CairnNative"]),
        room(
            "CairnKeys", ["CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem"], path: "Keys",
            exclude: ["README.md"]),
        room("CairnObjects", ["CairnFormat", "CairnNative", "CairnSystem"]),
        // 3  the log; the catalog; documents in SQLite
        room("CairnLog", ["CairnKeys", "CairnFormat", "CairnNative", "CairnSystem"]),
        room("CairnCatalog", ["CairnDocuments", "CairnTrails", "CairnFormat", "CairnNative", "CairnSystem"]),
        room("CairnSQLite", ["CairnDocuments", .product(name: "GRDB", package: "GRDB.swift")]),
        room(
            "CairnRemote",
            [
                "CairnObjects", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem", nioCore,
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ]
        ),
        // 4  topics and queues
        room(
            "CairnTopics",
            ["CairnLog", "CairnRemote", "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem"]),
        room("CairnValidation", ["CairnObjects", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem"]),
        room(
            "CairnAPI",
            ["CairnCatalog", "CairnTrails", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem"]),
        // 5  the readers of the log, and the door
        room(
            "CairnDelivery",
            [
                "CairnCatalog", "CairnLog", "CairnTopics", "CairnObjects", "CairnKeys", "CairnTrails", "CairnFormat",
                "CairnNative", "CairnSystem", logging, coreMetrics,
            ]
        ),
        room(
            "CairnDigests",
            [
                "CairnCatalog", "CairnLog", "CairnObjects", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem",
                logging, coreMetrics,
            ]
        ),
        room(
            "CairnHistory",
            [
                "CairnSQLite", "CairnLog", "CairnKeys", "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem",
                logging,
            ]
        ),
        room(
            "CairnHTTP",
            [
                "CairnAPI", "CairnCatalog", "CairnLog", "CairnTopics", "CairnObjects", "CairnKeys", "CairnTrails",
                "CairnFormat",
                "CairnNative", "CairnSystem", logging, coreMetrics, nioCore,
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
            ]
        ),
        // 6  one node; what tests break it with
        room(
            "CairnServer",
            [
                "CairnAPI", "CairnHistory", "CairnDelivery", "CairnDigests", "CairnHTTP", "CairnTopics", "CairnSQLite",
                "CairnCatalog",
                "CairnLog",
                "CairnObjects",
                "CairnKeys", "CairnRemote",
                "CairnTrails", "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem", logging, coreMetrics,
                metrics,
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]
        ),
        room(
            "CairnTestKit",
            [
                "CairnLog", "CairnObjects", "CairnDocuments", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem",
            ]
        ),
        // 7  worlds that break, and the oracle; how validators talk
        room(
            "CairnSimulation",
            [
                "CairnServer", "CairnTestKit", "CairnValidation", "CairnDelivery", "CairnDigests", "CairnHTTP",
                "CairnTopics", "CairnCatalog", "CairnLog", "CairnObjects", "CairnKeys", "CairnRemote", "CairnTrails",
                "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem", logging, coreMetrics,
            ]
        ),
        room(
            "CairnFuzz",
            [
                "CairnTestKit", "CairnValidation", "CairnHTTP", "CairnObjects", "CairnCatalog", "CairnLog", "CairnKeys",
                "CairnTrails",
                "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem", coreMetrics,
            ]
        ),
        room(
            "CairnValidateCommand",
            [
                "CairnValidation", "CairnObjects", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem",
                "CairnTerminal", argumentParser,
                .target(name: "CairnRemote", condition: .when(traits: ["Remote"])),
            ]
        ),
        // 8  the commands
        tool("cairn-validate", ["CairnValidateCommand", "CairnNative", "CairnTerminal", argumentParser]),
        tool(
            "cairn",
            [
                "CairnServer", "CairnAPI", "CairnHistory", "CairnHTTP", "CairnTopics", "CairnDocuments", "CairnCatalog",
                "CairnDelivery", "CairnDigests",
                "CairnRemote", "CairnTrails", "CairnLog", "CairnKeys", "CairnObjects", "CairnValidateCommand",
                "CairnFormat", "CairnNative", "CairnSystem", "CairnTerminal", argumentParser, logging, coreMetrics,
            ]
        ),
        tool("cairn-fuzz", ["CairnFuzz", "CairnNative", "CairnTerminal"], linker: fuzzer),
        tool("cairn-sim", ["CairnSimulation", "CairnTerminal", argumentParser]),
        suite("CairnNative", exclude: ["Vectors"]),
        suite("CairnFormat", ["CairnNative"], exclude: ["Vectors"]),
        suite("CairnTrails", ["CairnFormat", "CairnNative"]),
        suite(
            "CairnDelivery",
            [
                "CairnTestKit", "CairnCatalog", "CairnTopics", "CairnLog", "CairnObjects", "CairnKeys", "CairnTrails",
                "CairnDocuments",
                "CairnFormat", "CairnNative", "CairnSystem", coreMetrics, logging,
            ]
        ),
        suite(
            "CairnDigests",
            [
                "CairnTestKit", "CairnValidation", "CairnCatalog", "CairnLog", "CairnObjects", "CairnKeys",
                "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem", coreMetrics, logging,
            ]
        ),
        suite(
            "CairnAPI",
            [
                "CairnTestKit", "CairnCatalog", "CairnKeys", "CairnTrails", "CairnFormat", "CairnNative", "CairnSystem",
            ]),
        suite(
            "CairnHistory",
            ["CairnTestKit", "CairnLog", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem", logging]),
        suite("CairnDocuments", ["CairnTestKit", "CairnSystem"]),
        suite(
            "CairnRemote",
            ["CairnTestKit", "CairnObjects", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem"]),
        suite("CairnSystem", ["CairnTestKit"]),
        .testTarget(name: "CairnTidyTests", swiftSettings: house),
        suite(
            "CairnTopics", ["CairnTestKit", "CairnLog", "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem"]),
        suite(
            "CairnSQLite", ["CairnTestKit", "CairnDocuments", .product(name: "GRDB", package: "GRDB.swift")]
        ),
        suite(
            "CairnKeys", ["CairnTestKit", "CairnDocuments", "CairnFormat", "CairnNative", "CairnSystem"]),
        suite("CairnSimulation"),
        suite("CairnFuzz"),
        suite("CairnValidation", ["CairnFormat", "CairnNative"]),
        suite("CairnObjects", ["CairnTestKit", "CairnFormat", "CairnNative", "CairnSystem"]),
        suite("CairnLog", ["CairnTestKit", "CairnKeys", "CairnFormat", "CairnNative", "CairnSystem"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
