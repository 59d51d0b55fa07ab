import ArgumentParser
import CairnServer
import CairnTerminal

/// `cairn config`
struct Config: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the settings in force and where each came from.",
        discussion: """
            Flags win over environment variables, these over the configuration file, this over the defaults.

            Example:
              CAIRN_CUT_AGE=5s cairn config
            """
    )

    @OptionGroup var options: NodeOptions

    func run() async throws {
        let reader = try await options.data.reader(options.flags)
        let rows = SettingKey.allCases.map { key in
            let found = reader.find(key)
            return [key.rawValue, found.value, found.origin, key.meaning]
        }
        Terminal.write(Terminal.table(["SETTING", "VALUE", "FROM", "MEANING"], rows))
        _ = try await options.data.settings(options.flags)
    }
}
