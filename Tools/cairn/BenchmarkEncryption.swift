import ArgumentParser
import CairnFormat
import CairnNative
import CairnSystem
import CairnTerminal

/// `cairn benchmark encryption`
struct BenchmarkEncryption: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "encryption", abstract: "Measure how fast encrypted files are written and opened.")

    @Option(help: "Size of the content, in MiB.")
    var mebibytes = 16

    @Option(help: "How often each is done.")
    var rounds = 100

    func run() async throws {
        // As a node does: memory of the last file serves the next one.
        ProcessMemory.keepLargeBlocks()
        let time = SystemTime()
        let content = SystemRandom().bytes(mebibytes << 20)
        let dataKey = Secret([UInt8](repeating: 1, count: EncryptedHeader.dataKeyByteCount).span)
        let context = EncryptionContext.empty
        let wrap = WrappedDataKey(
            dataKey, under: AESGCM(key: dataKey), namespace: "cairn", name: "benchmark",
            nonce: SystemRandom().bytes(AESGCM.nonceByteCount), context: context)
        var file: [UInt8] = []
        func rate(_ body: () throws -> Void) rethrows -> Double {
            let started = time.uptime
            for _ in 0..<rounds { try body() }
            return Double(content.count * rounds) / (time.uptime - started).inSeconds / 1e6
        }
        let written = rate {
            file = EncryptedFileWriter.write(
                content, context: context, dataKey: dataKey, messageID: SystemRandom().bytes(32), wraps: [wrap])
        }
        let opened = try rate {
            let found = try EncryptedFileReader.read(file, dataKey: dataKey, limit: file.count)
            guard found.count == content.count else { throw Failure("the content differs") }
        }
        Terminal.line("write \(Int(written)) MB/s")
        Terminal.line("open \(Int(opened)) MB/s")
    }
}
