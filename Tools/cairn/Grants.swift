import ArgumentParser
import CairnCatalog
import CairnFormat
import CairnTerminal
import CairnTrails

/// `cairn grants`
struct Grants: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show and change which accounts' trails may use a bucket, topic, log group or key.",
        discussion: """
            Trails that are made through the API deliver with cairn's own credentials: to nothing that is not granted here.

            Examples:
              cairn grants allow bucket team-logs --accounts 444455556666 --data ./audit
              cairn grants allow topic deliveries --accounts all --data ./audit
            """,
        subcommands: [List.self, Allow.self, Revoke.self],
        defaultSubcommand: List.self
    )

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show grants.")

        @OptionGroup var data: DataOptions

        func run() async throws {
            let access = try await DataDirectoryAccess(data)
            do {
                let rows = try await access.catalog.grants().map { grant in
                    [
                        grant.kind.rawValue, grant.name,
                        grant.accounts?.map(\.description).joined(separator: ",") ?? "all",
                    ]
                }
                Terminal.write(Terminal.table(["KIND", "NAME", "ACCOUNTS"], rows))
            } catch { throw Failure(error) }
        }
    }

    /// What is granted, and to whom.
    struct Subject: ParsableArguments {
        @Argument(help: "bucket, topic, log-group or key.")
        var kind: String

        @Argument(help: "The bucket's or topic's name, the log group's or key's ARN.")
        var name: String

        @Option(help: "Account ids joined by commas, or all.")
        var accounts: String

        @OptionGroup var data: DataOptions

        /// The parts, checked; no accounts: all.
        func checked() throws -> (kind: Grant.Kind, name: String, accounts: [AccountID]?) {
            guard let kind = Grant.Kind(rawValue: kind) else {
                let known = Grant.Kind.allCases.map(\.rawValue).joined(separator: ", ")
                throw Failure("expected \(known), found '\(self.kind)'", exit: .usage)
            }
            do throws(FormatError) {
                switch kind {
                case .bucket: _ = try BucketName(name)
                case .logGroup: _ = try FeedDestination(name)
                case .key: _ = try KeyARN(name)
                case .topic:
                    guard Trail.isTopicName(name) else {
                        throw FormatError(meant: "a topic's name", expected: "1 to 256 of A-Z a-z 0-9 _ -", found: name)
                    }
                }
                if accounts == "all" { return (kind, name, nil) }
                var list: [AccountID] = []
                for text in accounts.split(separator: ",") { list.append(try AccountID(String(text))) }
                guard !list.isEmpty else {
                    throw FormatError(meant: "accounts", expected: "ids joined by commas, or all", found: accounts)
                }
                return (kind, name, list)
            } catch { throw Failure(error.description, exit: .usage) }
        }
    }

    struct Allow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let accounts use something, besides those that do.")

        @OptionGroup var subject: Subject

        func run() async throws {
            let (kind, name, accounts) = try subject.checked()
            let access = try await DataDirectoryAccess(subject.data)
            do { try await access.catalog.allow(kind, name, for: accounts) } catch { throw Failure(error) }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let accounts use something no more. Trails that use it go on: change or stop those yourself.")

        @OptionGroup var subject: Subject

        func run() async throws {
            let (kind, name, accounts) = try subject.checked()
            let access = try await DataDirectoryAccess(subject.data)
            do { try await access.catalog.revoke(kind, name, for: accounts) } catch { throw Failure(error) }
        }
    }
}
