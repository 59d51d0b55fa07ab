import ArgumentParser
import CairnServer
import CairnTerminal
import FoundationEssentials
import Logging

/// Flags that all commands over a data directory know.
struct DataOptions: ParsableArguments {
    @Option(help: "The data directory (default: cairn-data).")
    var data: String?

    @Option(help: "The configuration file (default: cairn.yaml, if it is there).")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Where the root key comes from: file:PATH, credential:NAME, passphrase, passphrase:PATH, env:NAME or kms:ARN (default: "
                + "file:DATA/root.key)."))
    var rootKey: String?

    @Option(help: "true: take a root key from the environment, where others may see it; for tests (default: false).")
    var insecureRoot: String?

    @Option(help: "A KMS elsewhere for keys that are not of this keyring, https://HOST (default: none).")
    var kmsEndpoint: String?

    /// Reads the settings; flags beyond these are given by the command.
    func reader(_ more: [SettingKey: String] = [:]) async throws -> SettingsReader {
        var flags = more
        if let data { flags[.data] = data }
        if let rootKey { flags[.rootKey] = rootKey }
        if let kmsEndpoint { flags[.kmsEndpoint] = kmsEndpoint }
        if let insecureRoot { flags[.insecureRoot] = insecureRoot }
        do throws(SettingsError) {
            return try await SettingsReader(
                flags: flags, configurationFile: config, environment: ProcessInfo.processInfo.environment)
        } catch {
            throw Failure(error.description, exit: .usage)
        }
    }

    func settings(_ more: [SettingKey: String] = [:]) async throws -> NodeSettings {
        let reader = try await reader(more)
        do throws(SettingsError) {
            return try NodeSettings(reader, workingDirectory: FileManager.default.currentDirectoryPath)
        } catch {
            throw Failure(error.description, exit: .usage)
        }
    }
}
