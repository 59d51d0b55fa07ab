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

    /// Reads the settings; flags beyond these are given by the command.
    func reader(_ more: [SettingKey: String] = [:]) async throws -> SettingsReader {
        var flags = more
        if let data { flags[.data] = data }
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
