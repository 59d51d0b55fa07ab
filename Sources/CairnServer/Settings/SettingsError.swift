/// What is wrong with the settings.
package indirect enum SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
    case badValue(key: String, origin: String, expected: String, found: String)
    case badFile(path: String, reason: String)
    case unsafeListen(String)
    case unsafeAdminListen(String)
    case contradiction(String)

    package var description: String {
        switch self {
        case .badValue(let key, let origin, let expected, let found):
            "setting '\(key)' (from \(origin)): expected \(expected), found '\(found)'"
        case .badFile(let path, let reason): "configuration file \(path): \(reason)"
        case .unsafeListen(let address):
            "will not listen on \(address) without TLS, because tokens and events would cross the network in the clear: give "
                + "--tls-cert and --tls-key, or --tls-behind-proxy true if a proxy speaks TLS, or listen on 127.0.0.1"
        case .unsafeAdminListen(let address):
            "will not serve metrics without a token on \(address), where other machines reach them: use 127.0.0.1, or "
                + "--tls-behind-proxy true if a proxy guards the port; /metrics of the door itself takes a token"
        case .contradiction(let reason): reason
        }
    }
}
