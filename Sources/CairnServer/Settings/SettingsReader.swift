import Configuration
import FoundationEssentials

/// Finds the value of each setting: flags first, then the environment, then the configuration file, then the default.
package struct SettingsReader: Sendable {
    /// A setting's value and where it came from.
    package struct Found: Sendable, Equatable {
        package let value: String
        package let origin: String
    }

    private static let fileByteCountMax = 1 << 20

    private let flags: [SettingKey: String]
    private let environment: ConfigReader
    private let file: (path: String, reader: ConfigReader)?

    /// - Parameters:
    ///   - flags: what the command line says.
    ///   - configurationFile: the file given; nil: `cairn.yaml` in the working directory, if it is there.
    package init(
        flags: [SettingKey: String],
        configurationFile: String?,
        environment: [String: String]
    ) async throws(SettingsError) {
        self.flags = flags
        let variables = environment.filter { $0.key.hasPrefix("CAIRN_") }
        self.environment = ConfigReader(
            provider: EnvironmentVariablesProvider(environmentVariables: variables).prefixKeys(with: "cairn"))
        let path = configurationFile ?? environment["CAIRN_CONFIG"] ?? "cairn.yaml"
        let isOptional = configurationFile == nil && environment["CAIRN_CONFIG"] == nil
        file = try await Self.open(path, isOptional: isOptional).map { (path, $0) }
    }

    private static func open(_ path: String, isOptional: Bool) async throws(SettingsError) -> ConfigReader? {
        guard let data = FileManager.default.contents(atPath: path) else {
            if isOptional { return nil }
            throw .badFile(path: path, reason: "cannot be read: check that it exists and who may read it")
        }
        guard data.count <= fileByteCountMax else {
            throw .badFile(path: path, reason: "has \(data.count) bytes, at most \(fileByteCountMax) are read")
        }
        let text = String(decoding: data, as: UTF8.self)
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            try check(line, number + 1, path)
            let value = line.split(separator: ":", maxSplits: 1).last.map { $0.drop { $0 == " " || $0 == "-" } } ?? ""
            if let first = value.first, "&*!".contains(first), line.contains(":") || line.contains("-") {
                throw .badFile(
                    path: path,
                    reason: "line \(number + 1): aliases, anchors and tags are not taken: write the value out")
            }
        }
        do {
            let provider = try await FileProvider<YAMLSnapshot>(
                config: ConfigReader(provider: InMemoryProvider(values: ["filePath": ConfigValue(stringLiteral: path)]))
            )
            return ConfigReader(provider: provider)
        } catch {
            throw .badFile(path: path, reason: "is not the YAML that cairn expects (key: value lines): \(error)")
        }
    }

    /// A line is `key: value` with a key that there is: a typo must not leave a default in force unseen.
    private static func check(_ line: Substring, _ number: Int, _ path: String) throws(SettingsError) {
        let text = line.prefix { $0 != "#" }.filter { $0 != "\r" }
        guard text.contains(where: { $0 != " " && $0 != "\t" }), !text.hasPrefix("---"), !text.hasPrefix("...") else {
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let key = parts[0].trimmingPrefix { $0 == " " || $0 == "\"" || $0 == "'" }.prefix { !" \"'".contains($0) }
        guard parts.count == 2, !text.hasPrefix(" "), let known = SettingKey(rawValue: String(key)) else {
            throw .badFile(
                path: path,
                reason:
                    "line \(number): expected 'key: value' with a key that 'cairn config' lists, found '\(text.prefix(80))'"
            )
        }
        if let first = parts[1].first(where: { $0 != " " }), "[{|>".contains(first) {
            throw .badFile(path: path, reason: "line \(number): \(known.rawValue) takes one value")
        }
    }

    /// The value in force.
    package func find(_ key: SettingKey) -> Found {
        if let value = flags[key] { return Found(value: value, origin: "flag \(key.flag)") }
        let name = ConfigKey([key.rawValue])
        if let value = environment.string(forKey: name) {
            return Found(value: value, origin: "environment variable \(key.variable)")
        }
        if let file, let value = Self.text(file.reader, name) {
            return Found(value: value, origin: "file \(file.path)")
        }
        return Found(value: key.standard, origin: "default")
    }

    /// A scalar as it is written, whatever YAML takes it for.
    private static func text(_ reader: ConfigReader, _ name: ConfigKey) -> String? {
        reader.string(forKey: name) ?? reader.int(forKey: name).map(String.init)
            ?? reader.bool(forKey: name).map(String.init)
    }

    // MARK: Typed

    private func bad(_ key: SettingKey, expected: String) -> SettingsError {
        let found = find(key)
        return .badValue(key: key.rawValue, origin: found.origin, expected: expected, found: found.value)
    }

    func text(_ key: SettingKey) -> String { find(key).value }

    func byteCount(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        guard let value = SettingValue.byteCount(find(key).value), range.contains(value) else {
            throw bad(key, expected: "a size from \(range.lowerBound) to \(range.upperBound) bytes, such as 32MiB")
        }
        return value
    }

    func duration(_ key: SettingKey, in range: ClosedRange<Duration>) throws(SettingsError) -> Duration {
        guard let value = SettingValue.duration(find(key).value), range.contains(value) else {
            throw bad(key, expected: "a time from \(range.lowerBound) to \(range.upperBound), such as 5s or 10m")
        }
        return value
    }

    func number(_ key: SettingKey, in range: ClosedRange<Int>) throws(SettingsError) -> Int {
        guard let value = Int(find(key).value), range.contains(value) else {
            throw bad(key, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func bool(_ key: SettingKey) throws(SettingsError) -> Bool {
        guard let value = Bool(find(key).value) else { throw bad(key, expected: "true or false") }
        return value
    }

    func address(_ key: SettingKey) throws(SettingsError) -> (host: String, port: Int) {
        guard let value = SettingValue.address(find(key).value) else { throw bad(key, expected: "HOST:PORT") }
        return value
    }

    func parsed<Value>(_ key: SettingKey, expected: String, _ parse: (String) -> Value?) throws(SettingsError) -> Value
    {
        guard let value = parse(find(key).value) else { throw bad(key, expected: expected) }
        return value
    }
}
