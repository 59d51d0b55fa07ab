package import CoreMetrics

/// What delivery counts. No label names a tenant.
package struct DeliveryMetrics: Sendable {
    let deliveredEvents: Counter
    let deliveredBytes: Counter
    let deliveredFiles: Counter
    let failures: Counter
    let forwardedNotices: Counter
    let forwardFailures: Counter
    let deadNotices: Counter
    let fedEvents: Counter
    let unfedEvents: Counter
    let feedFailures: Counter
    let cutSeconds: Recorder
    let putSeconds: Recorder

    package init(factory: any MetricsFactory) {
        deliveredEvents = Counter(label: "cairn_delivered_events_total", dimensions: [], factory: factory)
        deliveredBytes = Counter(label: "cairn_delivered_bytes_total", dimensions: [], factory: factory)
        deliveredFiles = Counter(label: "cairn_delivered_files_total", dimensions: [], factory: factory)
        failures = Counter(label: "cairn_delivery_failures_total", dimensions: [], factory: factory)
        forwardedNotices = Counter(label: "cairn_forwarded_notices_total", dimensions: [], factory: factory)
        forwardFailures = Counter(label: "cairn_forward_failures_total", dimensions: [], factory: factory)
        deadNotices = Counter(label: "cairn_dead_notices_total", dimensions: [], factory: factory)
        fedEvents = Counter(label: "cairn_sent_events_total", dimensions: [], factory: factory)
        unfedEvents = Counter(label: "cairn_unsent_events_total", dimensions: [], factory: factory)
        feedFailures = Counter(label: "cairn_send_failures_total", dimensions: [], factory: factory)
        cutSeconds = Recorder(label: "cairn_cut_seconds", dimensions: [], aggregate: true, factory: factory)
        putSeconds = Recorder(label: "cairn_put_seconds", dimensions: [], aggregate: true, factory: factory)
    }
}
