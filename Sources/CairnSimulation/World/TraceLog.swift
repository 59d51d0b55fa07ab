import Logging

/// What a process logs, as part of the trace.
struct TraceLog: LogHandler {
    let process: SimulatedProcess
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let details = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        if event.metadata?["heldLanes"] != nil { process.world.count(.logThinned) }
        process.world.note("\(process.name) says \(event.level): \(event.message)\(details)")
    }
}
