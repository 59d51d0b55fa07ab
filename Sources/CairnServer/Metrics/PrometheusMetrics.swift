package import CoreMetrics
import Synchronization

/// Counters and histograms, written out in the text format of Prometheus (exposition format 0.0.4).
package final class PrometheusMetrics: MetricsFactory, Sendable {
    private struct State {
        var counters: [String: PrometheusCounter] = [:]
        var histograms: [String: PrometheusHistogram] = [:]
        var gauges: [String: PrometheusGauge] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        state.withLock { state in
            if let known = state.counters[label] { return known }
            let counter = PrometheusCounter()
            state.counters[label] = counter
            return counter
        }
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        state.withLock { state -> any RecorderHandler in
            if aggregate {
                if let known = state.histograms[label] { return known }
                let histogram = PrometheusHistogram()
                state.histograms[label] = histogram
                return histogram
            }
            if let known = state.gauges[label] { return known }
            let gauge = PrometheusGauge()
            state.gauges[label] = gauge
            return gauge
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let recorder = makeRecorder(label: label, dimensions: dimensions, aggregate: true)
        return PrometheusTimer(recorder: recorder)
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}

    /// All metrics as text, in order of their names.
    ///
    /// - Parameter gauges: values that are looked up now.
    package func text(gauges: [(name: String, value: Double)]) -> String {
        let state = state.withLock { $0 }
        var blocks: [String: String] = [:]
        for (name, counter) in state.counters {
            blocks[name] = "# TYPE \(name) counter\n\(name) \(counter.value)\n"
        }
        for (name, histogram) in state.histograms { blocks[name] = histogram.text(name) }
        for (name, gauge) in state.gauges { blocks[name] = "# TYPE \(name) gauge\n\(name) \(gauge.value)\n" }
        for (name, value) in gauges { blocks[name] = "# TYPE \(name) gauge\n\(name) \(value)\n" }
        return blocks.sorted { $0.key < $1.key }.map(\.value).joined()
    }
}
