import CSimdJSON

/// Looks over the records of log files, `{"Records":[…]}`: how many there are, and whether they belong where they lie.
///
/// Only the shape of the file and the members it asks for are read; what they hold besides is not validated. Not for use by
/// two tasks at once.
package final class RecordSurvey {
    /// What a log file holds.
    package struct Outcome: Sendable, Equatable {
        package var recordCount: Int
        /// Records whose `recipientAccountId` or `awsRegion` is another; records without them belong anywhere.
        package var foreignCount: Int
        /// The index of the first of them.
        package var firstForeign: Int
        /// Whether an event is among them that may have stopped or started a trail: `StopLogging`,
        /// `StartLogging`, `DeleteTrail` or `UpdateTrail`.
        package var hasTurns: Bool

        package init(recordCount: Int, foreignCount: Int, firstForeign: Int, hasTurns: Bool) {
            (self.recordCount, self.foreignCount) = (recordCount, foreignCount)
            (self.firstForeign, self.hasTurns) = (firstForeign, hasTurns)
        }
    }

    private let surveyor: OpaquePointer

    package init() {
        guard let surveyor = cairn_json_surveyor_create() else { preconditionFailure("no memory for a survey") }
        self.surveyor = surveyor
    }

    deinit { cairn_json_surveyor_destroy(surveyor) }

    /// - Parameter body: must have room for ``JSONReader/padding`` bytes behind its end (``Array/capacity``).
    /// - Returns: nil when the bytes are not one object with `Records` and nothing else.
    package func look(_ body: [UInt8], account: String, region: String) -> Outcome? {
        precondition(body.capacity >= body.count + JSONReader.padding, "a body without padding")
        var survey = cairn_json_survey()
        var (account, region) = (account, region)
        let status = account.withUTF8 { account in
            region.withUTF8 { region in
                body.withUnsafeBufferPointer { bytes in
                    account.withMemoryRebound(to: CChar.self) { account in
                        region.withMemoryRebound(to: CChar.self) { region in
                            cairn_json_survey_records(
                                surveyor, bytes.baseAddress!, bytes.count, account.baseAddress, account.count,
                                region.baseAddress, region.count, &survey)
                        }
                    }
                }
            }
        }
        guard status == CAIRN_JSON_OK else { return nil }
        return Outcome(
            recordCount: survey.count, foreignCount: survey.foreign, firstForeign: survey.first_foreign,
            hasTurns: survey.turns > 0)
    }
}
