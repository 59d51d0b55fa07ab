import CairnFormat
import CairnNative
import CairnRemote
import CairnSystem
import Foundation

/// moto's server, which speaks KMS's HTTP API, with two keys.
final class KMSServer {
    private struct Ready: Decodable {
        var endpoint: String
        var keys: [String]
    }

    private let process = Process()
    private let input = Pipe()
    let kms: RemoteKMS
    let keys: [KeyARN]

    init() throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../EndToEnd/kms_server.py")
        let output = Pipe()
        process.executableURL = URL(filePath: ProcessInfo.processInfo.environment["CAIRN_PYTHON"] ?? "")
        process.arguments = [script.path()]
        (process.standardInput, process.standardOutput) = (input, output)
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
            line += byte
        }
        let ready = try JSONDecoder().decode(Ready.self, from: line)
        keys = try ready.keys.map { try KeyARN($0) }
        kms = try RemoteKMS(
            endpoint: ready.endpoint,
            credentials: SigV4Credentials(
                accessKeyID: "AKIDEXAMPLE", secretAccessKey: KeyMaterial(Secret(Array("secret".utf8).span))),
            time: SystemTime())
    }

    func stop() async {
        await kms.close()
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}
