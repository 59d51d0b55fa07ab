import CoreMetrics
import Synchronization

/// How often values fell below each of a row of bounds, in seconds.
final class PrometheusHistogram: RecorderHandler, Sendable {
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

    private struct State {
        var counts = [Int](repeating: 0, count: PrometheusHistogram.bounds.count + 1)
        var sum = 0.0
    }

    private let state = Mutex(State())

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        let place = Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.counts[place] += 1
            state.sum += value
        }
    }

    func text(_ name: String) -> String {
        let state = state.withLock { $0 }
        var text = "# TYPE \(name) histogram\n"
        var count = 0
        for (bound, here) in zip(Self.bounds, state.counts) {
            count += here
            text += "\(name)_bucket{le=\"\(bound)\"} \(count)\n"
        }
        count += state.counts[Self.bounds.count]
        return text + "\(name)_bucket{le=\"+Inf\"} \(count)\n\(name)_sum \(state.sum)\n\(name)_count \(count)\n"
    }
}
