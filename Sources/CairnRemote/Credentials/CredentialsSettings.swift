import FoundationEssentials

/// What the environment says of where credentials come from, in the variables that the AWS tools read.
package struct CredentialsSettings: Sendable {
    /// Looks a variable up; empty counts as not set.
    let variable: @Sendable (String) -> String?
    /// The Region whose STS is asked.
    let region: String

    package init(region: String, variable: @escaping @Sendable (String) -> String?) {
        self.region = region
        self.variable = { name in variable(name).flatMap { $0.isEmpty ? nil : $0 } }
    }

    var profile: String { variable("AWS_PROFILE") ?? "default" }

    /// The file of credentials and that of settings, where the tools look for them.
    var profileFiles: (credentials: String, configuration: String) {
        let home = variable("HOME") ?? "/root"
        return (
            variable("AWS_SHARED_CREDENTIALS_FILE") ?? "\(home)/.aws/credentials",
            variable("AWS_CONFIG_FILE") ?? "\(home)/.aws/config"
        )
    }
}
