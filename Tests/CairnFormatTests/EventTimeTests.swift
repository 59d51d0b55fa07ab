import CairnFormat
import Testing

@Suite("Times of events are whole seconds of UTC")
struct EventTimeTests {
    @Test(
        "a spelling reads and writes back",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2000-02-29T23:59:59Z", 951_868_799), ("2026-03-01T10:12:44Z", 1_772_359_964),
            ("2038-01-19T03:14:08Z", 2_147_483_648), ("1969-12-31T23:59:59Z", -1),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ])
    func known(_ text: String, _ seconds: Int64) throws {
        let time = try #require(EventTime(iso8601: text.utf8))
        #expect(time.seconds == seconds)
        #expect(time.iso8601 == text)
    }

    @Test("every day of four centuries reads and writes back")
    func days() {
        var seconds: Int64 = -11_676_096_000
        while seconds < 4_102_444_800 {
            let time = EventTime(seconds: seconds)
            #expect(EventTime(iso8601: time.iso8601.utf8) == time)
            seconds += 86_400 * 13 + 3_601
        }
    }

    @Test(
        "no other spelling and no day that doesn't exist",
        arguments: [
            "", "2026-03-01", "2026-03-01 10:12:44", "2026-03-01T10:12:44", "2026-03-01T10:12:44+00:00",
            "2026-03-01T10:12:44.5Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-32T00:00:00Z", "2026-01-00T00:00:00Z", "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-01-01t00:00:00z", "２026-01-01T00:00:00Z",
        ])
    func refused(_ text: String) { #expect(EventTime(iso8601: text.utf8) == nil) }

    @Test("names and folders have their own spellings")
    func stamps() {
        let time = EventTime(iso8601: "2026-03-01T10:15:59Z".utf8)!
        #expect(time.minuteStamp == "20260301T1015Z")
        #expect(time.datePath == "2026/03/01")
    }
}
