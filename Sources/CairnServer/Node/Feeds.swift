import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnSystem
import CairnTopics
import CairnTrails
import Logging

/// Runs a reader for each destination that trails send single events of a partition to.
struct Feeds: Sendable {
    /// How often new destinations are looked for.
    private static let pause = Duration.seconds(1)

    let context: PartitionContext
    let partition: Int
    let catalog: Catalog
    let sinks: FeedSinks.Opening
    let time: any TimeSource
    let logger: Logger

    /// What the group of readers is told.
    private enum Ended: Sendable {
        case reader(FeedDestination)
        case pause
    }

    /// Works until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Ended.self) { group in
            var begun: Set<FeedDestination> = []
            var seen: UInt64?
            group.addTask { .pause }
            for await ended in group {
                if Task.isCancelled { break }
                switch ended {
                case .reader(let destination):
                    begun.remove(destination)
                    seen = nil
                case .pause:
                    do throws(CatalogError) {
                        let revision = try await catalog.routingDocumentRevision()
                        if revision != seen {
                            for destination in try await destinations() where begun.insert(destination).inserted {
                                let (context, catalog, sinks) = (context, catalog, sinks)
                                group.addTask {
                                    await FeedReader(context, catalog: catalog, destination, sink: sinks(destination))
                                        .run()
                                    return .reader(destination)
                                }
                            }
                            seen = revision
                        }
                    } catch {
                        logger.error(
                            "destinations of events cannot be looked up; it is tried again",
                            metadata: ["error": "\(error)"])
                    }
                    let time = time
                    group.addTask {
                        try? await time.sleep(for: Self.pause)
                        return .pause
                    }
                }
            }
            group.cancelAll()
        }
    }

    /// Those that trails name, and those that have not had all yet that came before nobody named them any more.
    private func destinations() async throws(CatalogError) -> [FeedDestination] {
        let named = try await catalog.routing()?.trails.flatMap(\.feeds) ?? []
        return Set(named + (try await FeedPlace.list(partition, in: catalog).map(\.destination))).sorted()
    }
}
