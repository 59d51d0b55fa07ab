import CairnFormat
import CairnNative
import Foundation
import Testing

/// Against the real SDK, in the Python environment that Tools/install makes; `CAIRN_PYTHON` names its interpreter.
@Suite(
    "Amazon's own SDK opens what is written here, and what it writes opens here",
    .enabled(if: ProcessInfo.processInfo.environment["CAIRN_PYTHON"] != nil, "CAIRN_PYTHON is not set: run Tools/test"))
struct EncryptionSDKTests {
    static let python = ProcessInfo.processInfo.environment["CAIRN_PYTHON"]
    static let key = [UInt8](0x30...0x4F)
    /// Frame length and size of the content: nothing, one byte, the edges of frames, the largest file.
    static let sizes =
        [0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073, 50_000_000].map { (65_536, $0) }
        + [0, 1, 127, 128, 129, 256, 1_000].map { (128, $0) }

    static func content(_ count: Int) -> [UInt8] {
        var state: UInt32 = UInt32(truncatingIfNeeded: count) &+ 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cairn-sdk-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    static func run(_ mode: String, _ folder: URL) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../EndToEnd/sdk.py")
        let process = Process()
        process.executableURL = URL(filePath: python ?? "")
        process.arguments = [
            script.path(), mode, folder.path(), "k/1",
            key.map { String(Int($0) + 0x100, radix: 16).dropFirst() }.joined(),
        ]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "sdk.py \(mode) failed: see what it printed")
    }

    @Test("written here, opened there")
    func opens() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let context = try EncryptionContext(["purpose": "test", "ä": "ö"])
        let wrapping = AESGCM(key: Secret(Self.key.span))
        for (frame, count) in Self.sizes {
            let dataKey = Secret([UInt8](repeating: UInt8(truncatingIfNeeded: count), count: 32).span)
            let wrap = WrappedDataKey(
                dataKey, under: wrapping, namespace: "cairn", name: "k/1", nonce: [UInt8](repeating: 9, count: 12),
                context: context)
            let message = EncryptedFileWriter.write(
                Self.content(count), context: context, dataKey: dataKey, messageID: [UInt8](repeating: 3, count: 32),
                wraps: [wrap], frameLength: frame)
            try Data(message).write(to: folder.appending(path: "\(frame)-\(count).message"))
        }
        try Self.run("open", folder)
        for (frame, count) in Self.sizes {
            let opened = try Data(contentsOf: folder.appending(path: "\(frame)-\(count).opened"))
            #expect(opened == Data(Self.content(count)), "\(count) bytes in frames of \(frame)")
        }
    }

    @Test("written there, opened here")
    func reads() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        for (frame, count) in Self.sizes {
            try Data(Self.content(count)).write(to: folder.appending(path: "\(frame)-\(count).content"))
        }
        try Self.run("write", folder)
        let wrapping = AESGCM(key: Secret(Self.key.span))
        for (frame, count) in Self.sizes {
            let file = [UInt8](try Data(contentsOf: folder.appending(path: "\(frame)-\(count).message")))
            let header = try EncryptedHeader.parse(file).header
            #expect(header.context["purpose"] == "test" && header.frameLength == frame)
            let wrap = try #require(header.dataKeys.first)
            #expect(wrap.rawName(namespace: "cairn") == "k/1")
            let dataKey = try wrap.open(under: wrapping, context: header.context)
            let content = try EncryptedFileReader.read(file, dataKey: dataKey, limit: 60_000_000)
            #expect(content == Self.content(count), "\(count) bytes in frames of \(frame)")
        }
    }
}
