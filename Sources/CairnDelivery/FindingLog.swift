package import CairnCatalog
package import CairnLog
package import CairnSystem
package import Logging

/// Keeps findings in the catalog and tells the log.
package struct FindingLog: Sendable {
    private let catalog: Catalog
    private let time: any TimeSource
    private let logger: Logger

    package init(catalog: Catalog, time: any TimeSource, logger: Logger) {
        self.catalog = catalog
        self.time = time
        self.logger = logger
    }

    /// Gaps that recovery found in a list of deliveries or a topic.
    package func add(_ gaps: [LogGap]) async {
        for gap in gaps {
            await add(
                kind: .deliveryLogGap,
                subject: "\(gap.file) \(gap.from)",
                text:
                    "entries \(gap.from) to \(gap.until) were lost to damage at byte \(gap.offset) (\(gap.reason)); the file is "
                    + "kept in quarantine. What they said may not be announced: compare the bucket with the queue's messages"
            )
        }
    }

    package func add(kind: Finding.Kind, subject: String, text: String) async {
        logger.error("finding", metadata: ["kind": "\(kind.rawValue)", "subject": "\(subject)", "text": "\(text)"])
        let finding = Finding(kind: kind, subject: subject, text: text, at: time.now.milliseconds)
        do throws(CatalogError) {
            try await catalog.add(finding)
        } catch {
            logger.error("a finding could not be kept", metadata: ["error": "\(error)"])
        }
    }
}
