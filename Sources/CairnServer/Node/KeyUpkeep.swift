import CairnCatalog
import CairnDelivery
import CairnFormat
import CairnHTTP
import CairnKeys
import CairnSystem
import CairnTrails
import Logging

/// What the door does for the keyring: writes its events down, rotates what is due, keeps the public keys beside the
/// archive.
struct KeyUpkeep: Sendable {
    let keyring: Keyring
    let door: DoorPart
    let catalog: Catalog
    let deployment: Deployment
    let seams: Seams
    let files: PublicFiles
    let logger: Logger

    /// How many rounds of a second pass between looks at schedules.
    private static let scheduleRounds = 30

    /// Works until the task is cancelled.
    func run() async {
        var round = 0
        var routing: UInt64?
        while !Task.isCancelled {
            do throws(KeyError) {
                if round % Self.scheduleRounds == 0 { try await keepSchedules() }
                try await writeEvents()
                await publishTrails(&routing)
            } catch {
                logger.error("upkeep of the keyring failed; it is tried again", metadata: ["error": "\(error)"])
            }
            round += 1
            do { try await seams.time.sleep(for: .seconds(1)) } catch { break }
        }
        // What was done last is written down before the log is closed.
        try? await writeEvents()
    }

    /// Brings the list of trails beside the archive up to date when they have changed.
    private func publishTrails(_ seen: inout UInt64?) async {
        do throws(CatalogError) {
            let revision = try await catalog.routingDocumentRevision()
            guard revision != seen, let routing = try await catalog.routing() else { return }
            await files.publishTrails(routing.trails)
            seen = revision
        } catch {
            logger.error("the trails cannot be read", metadata: ["error": "\(error)"])
        }
    }

    private func keepSchedules() async throws(KeyError) {
        try await keyring.finishWhatIsLeft()
        for key in try await keyring.rotateDue() {
            logger.notice(
                "a key was rotated by schedule",
                metadata: ["key": "\(key.arn)", "version": "\(key.current?.number ?? 0)"])
        }
        let findings = FindingLog(catalog: catalog, time: seams.time, logger: logger)
        for key in try await keyring.deleteDue() {
            await findings.add(
                kind: .keyKept, subject: "\(key.arn)",
                text:
                    "its time to be deleted has come, but trail keys are wrapped under it: 'cairn keys rewrap' moves nothing "
                    + "to another key; keep it with 'cairn keys cancel-deletion \(key.arn.id)', or schedule it again with --force"
            )
        }
        // Those whose digests are signed already; the first key of a Region is made when its first digest is due.
        let regions = Set(try await keyring.manifest().signing.map(\.region)).union([deployment.homeRegion])
        try await keyring.maintainSigning(regions.sorted())
        try await files.publishKeys()
    }

    /// Writes events of the keyring into the log, then forgets them: in this order, so that none is lost; one that was
    /// written twice is a duplicate.
    private func writeEvents() async throws(KeyError) {
        let events = try await keyring.pendingEvents()
        guard !events.isEmpty else { return }
        var written: [KeyEvent] = []
        for event in events {
            do throws(DoorError) {
                try await door.append(
                    CairnEvent.json(event, account: deployment.account, region: deployment.homeRegion))
                written.append(event)
            } catch {
                logger.error(
                    "an event of the keyring could not be written down; it is tried again",
                    metadata: ["event": "\(event.name)", "error": "\(error)"])
                break
            }
        }
        if !written.isEmpty { try await keyring.forget(events: written) }
    }
}
