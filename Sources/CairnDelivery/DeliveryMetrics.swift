package import CoreMetrics

/// What delivery counts. No label names a tenant.
package struct DeliveryMetrics: Sendable {
    let deliveredEvents: Counter
    let deliveredBytes: Counter
    let deliveredFiles: Counter
    let failures: Counter
    let cutSeconds: Recorder
    let putSeconds: Recorder

    package init(factory: any MetricsFactory) {
        deliveredEvents = Counter(label: "cairn_delivered_events_total", dimensions: [], factory: factory)
        deliveredBytes = Counter(label: "cairn_delivered_bytes_total", dimensions: [], factory: factory)
        deliveredFiles = Counter(label: "cairn_delivered_files_total", dimensions: [], factory: factory)
        failures = Counter(label: "cairn_delivery_failures_total", dimensions: [], factory: factory)
        cutSeconds = Recorder(label: "cairn_cut_seconds", dimensions: [], aggregate: true, factory: factory)
        putSeconds = Recorder(label: "cairn_put_seconds", dimensions: [], aggregate: true, factory: factory)
    }
}
