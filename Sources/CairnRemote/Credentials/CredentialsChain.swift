package import CairnFormat
package import CairnSystem

/// The credentials that requests are signed with, from the first place that has some, in the order of the AWS tools: the
/// environment, a web identity, a profile, the container's agent, the instance's. Those that expire are asked for again before
/// they do.
package actor CredentialsChain {
    /// So long before they expire new ones are asked for.
    private static let margin = Duration.seconds(300)
    /// Places are not asked more often than this, be it that they fail or that what they give lasts no longer than the margin.
    private static let pause = Duration.seconds(10)

    private let fixed: SigV4Credentials?
    private let settings: CredentialsSettings?
    private let time: (any TimeSource)?
    private let calls: PlainCalls?
    private var held: HeldCredentials?
    private var isAsking = false
    private var waiting: [CheckedContinuation<Void, Never>] = []
    /// When the places were asked, and what came of it if there were no credentials.
    private var asked: (at: Duration, problem: CredentialsProblem?)?

    /// Credentials that stay as they are.
    package init(fixed: SigV4Credentials) {
        self.fixed = fixed
        (settings, time, calls) = (nil, nil, nil)
    }

    /// Credentials from where the environment says.
    package init(_ settings: CredentialsSettings, time: any TimeSource) {
        (self.settings, self.time) = (settings, time)
        calls = PlainCalls(time: time)
        fixed = nil
    }

    package func close() async { await calls?.close() }

    /// What to sign with now.
    package func current() async throws(CredentialsProblem) -> SigV4Credentials {
        if let fixed { return fixed }
        guard let settings, let time, let calls else { throw CredentialsProblem("there are no credentials") }
        while true {
            if let held, isFresh(held, by: Self.margin, time) { return held.credentials }
            if let asked, time.uptime - asked.at < Self.pause {
                if let held, isFresh(held, by: .zero, time) { return held.credentials }
                if let problem = asked.problem { throw problem }
            }
            guard isAsking else { break }
            await withCheckedContinuation { waiting.append($0) }
        }
        isAsking = true
        defer {
            isAsking = false
            for one in waiting { one.resume() }
            waiting = []
        }
        do throws(CredentialsProblem) {
            let found = try await CredentialsSearch(settings: settings, calls: calls, now: time.now).run()
            (held, asked) = (found, (time.uptime, nil))
            return found.credentials
        } catch {
            asked = (time.uptime, error)
            // What is held may last for a while.
            if let held, isFresh(held, by: .zero, time) { return held.credentials }
            throw error
        }
    }

    private func isFresh(_ held: HeldCredentials, by margin: Duration, _ time: any TimeSource) -> Bool {
        held.expiresAt.map { time.now + margin < $0 } ?? true
    }

    /// A service says that they have expired, whatever was believed.
    package func expire() {
        held = nil
        asked = nil
    }
}
