package import CairnFormat

/// The credentials that requests are signed with, from the first place that has some; fetched anew before they expire.
package actor CredentialsChain {
    private let fixed: SigV4Credentials

    /// Credentials that stay as they are.
    package init(fixed: SigV4Credentials) { self.fixed = fixed }

    /// What to sign with now.
    package func current() async throws(CredentialsProblem) -> SigV4Credentials { fixed }

    /// A service says that they have expired, whatever was believed.
    package func expire() {}
}
