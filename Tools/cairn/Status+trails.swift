import ArgumentParser
import CairnAPI
import CairnCatalog
import CairnFormat
import CairnServer
import CairnSystem
import CairnTerminal
import CairnTrails
import FoundationEssentials

/// What `cairn status` says of trails.
extension Status {
    /// More rows than this are counted, not shown.
    private static let rowCountMax = 100

    /// Shows the Regions in which trails have something to tell, those first that something keeps.
    ///
    /// - Returns: whether anything keeps one.
    static func show(_ statuses: [TrailStatus]) -> Bool {
        let told = statuses.filter { !$0.isSilent }
        let ordered = told.filter { $0.error != nil } + told.filter { $0.error == nil }
        guard !ordered.isEmpty else { return false }
        let rows = ordered.prefix(rowCountMax).map { status in
            [
                status.arn, status.region.name, status.state.isLogging ? "logging" : "stopped",
                status.state.deliveredAt?.iso8601 ?? "-", status.state.announcedAt?.iso8601 ?? "-",
                status.state.digestedAt?.iso8601 ?? "-", status.error ?? "-",
            ]
        }
        Terminal.line("")
        Terminal.write(
            Terminal.table(
                ["TRAIL", "REGION", "STATE", "LATEST FILE", "LATEST NOTICE", "LATEST DIGEST", "ERROR"], rows))
        if ordered.count > rowCountMax {
            Terminal.line("and \(ordered.count - rowCountMax) more: 'cairn status --trail NAME'")
        }
        return ordered[0].error != nil
    }

    /// One trail, as GetTrailStatus describes it, Region by Region.
    func show(_ trail: String, _ access: DataDirectoryAccess) async throws {
        var which = TrailChoice()
        which.trail = trail
        which.account = account
        let (id, _) = try await which.resolve(access)
        let statuses = try await TrailStatus.read(
            catalog: access.catalog, subscriptions: try await access.subscriptions(),
            partitionCount: access.deployment.partitionCount
        ) { $0.id == id }
        switch format {
        case .json, .ndjson:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            if format == .json {
                Terminal.line(String(decoding: try encoder.encode(statuses), as: UTF8.self))
            } else {
                for status in statuses { Terminal.line(String(decoding: try encoder.encode(status), as: UTF8.self)) }
            }
        case .table:
            for (i, status) in statuses.enumerated() {
                Terminal.line("\(i == 0 ? "" : "\n")\(status.arn) in \(status.region)")
                Terminal.write(Terminal.table(["FIELD", "VALUE"], status.fields.map { [$0.name, $0.value] }))
            }
        }
        if statuses.contains(where: { $0.error != nil }) { throw ExitCode(Terminal.Exit.failed.rawValue) }
    }
}
