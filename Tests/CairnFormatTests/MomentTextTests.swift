import CairnFormat
import Testing

@Suite("Moments as people write them")
struct MomentTextTests {
    @Test(
        "are read with their offsets; without one they are UTC",
        arguments: [
            ("2026-03-01", 1_772_323_200), ("2026-03-01T10:00:00Z", 1_772_359_200),
            ("2026-03-01T10:00Z", 1_772_359_200),
            ("2026-03-01 10:00:00", 1_772_359_200), ("2026-03-01T10:00:00.123456+00:00", 1_772_359_200),
            ("2026-03-01T19:00:00+09:00", 1_772_359_200), ("2026-03-01T05:00:00-0500", 1_772_359_200),
        ] as [(String, Int64)])
    func read(_ text: String, _ seconds: Int64) {
        #expect(MomentText.seconds(text) == seconds)
    }

    @Test(
        "are refused when they are none",
        arguments: [
            "", "yesterday", "2026-02-30", "2026-03-01T25:00:00Z", "2026-03-01T10", "2026-03-01T10:00:00+9", "2026-3-1",
            "2026-03-01T10:00:00.Z", "2026-03-01T10:00:00+15:00",
        ])
    func refused(_ text: String) {
        #expect(MomentText.seconds(text) == nil)
    }
}
