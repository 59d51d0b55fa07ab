import CairnFormat
import CairnNative
import CairnRemote
import CairnSystem
import CairnTestKit
import Foundation

/// A server that speaks S3 in the Python environment of the tests: moto's with one bucket, or one that answers as keys say.
final class S3Server {
    private struct Ready: Decodable { var endpoint: String }

    private let process = Process()
    private let input = Pipe()
    private let output = Pipe()
    let endpoint: String

    init(_ script: String = "s3_server.py", arguments: [String] = []) throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../EndToEnd/\(script)")
        process.executableURL = URL(filePath: ProcessInfo.processInfo.environment["CAIRN_PYTHON"] ?? "")
        process.arguments = [script.path()] + arguments
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        endpoint = try JSONDecoder().decode(Ready.self, from: Self.line(output)).endpoint
    }

    private static func line(_ pipe: Pipe) throws -> Data {
        var line = Data()
        while let byte = try pipe.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
            line += byte
        }
        return line
    }

    /// The bucket is there and empty.
    func empty() throws {
        try input.fileHandleForWriting.write(contentsOf: Data("\n".utf8))
        _ = try Self.line(output)
    }

    /// Its port.
    var port: Substring { endpoint[endpoint.index(after: endpoint.lastIndex(of: ":")!)...] }

    func store(_ change: (inout S3Settings) -> Void = { _ in }) throws -> S3Store {
        var settings = S3Settings(endpoint: try ServiceEndpoint(endpoint), region: .usEast1)
        settings.isPathStyle = true
        change(&settings)
        return try S3Store(
            settings,
            credentials: CredentialsChain(
                fixed: SigV4Credentials(
                    accessKeyID: "AKIDEXAMPLE", secretAccessKey: KeyMaterial(Secret(Array("secret".utf8).span)))),
            time: SystemTime(), random: SeededRandom(seed: 1))
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
