import CoreMetrics

/// Durations as a histogram of seconds.
final class PrometheusTimer: TimerHandler {
    private let recorder: any RecorderHandler

    init(recorder: any RecorderHandler) { self.recorder = recorder }

    func recordNanoseconds(_ duration: Int64) { recorder.record(Double(duration) / 1e9) }
}
