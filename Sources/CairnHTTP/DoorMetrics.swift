package import CoreMetrics

/// What the door counts. No label names a tenant.
package struct DoorMetrics: Sendable {
    let acceptedEvents: Counter
    let acceptedBytes: Counter
    let refusedEvents: Counter
    let duplicateEvents: Counter
    let conflictingEvents: Counter
    let refusedRequests: Counter
    let acknowledgeSeconds: Recorder

    package init(factory: any MetricsFactory) {
        acceptedEvents = Counter(label: "cairn_accepted_events_total", dimensions: [], factory: factory)
        acceptedBytes = Counter(label: "cairn_accepted_bytes_total", dimensions: [], factory: factory)
        refusedEvents = Counter(label: "cairn_refused_events_total", dimensions: [], factory: factory)
        duplicateEvents = Counter(label: "cairn_duplicate_events_total", dimensions: [], factory: factory)
        conflictingEvents = Counter(label: "cairn_conflicting_events_total", dimensions: [], factory: factory)
        refusedRequests = Counter(label: "cairn_refused_requests_total", dimensions: [], factory: factory)
        acknowledgeSeconds = Recorder(
            label: "cairn_acknowledge_seconds", dimensions: [], aggregate: true, factory: factory)
    }
}
