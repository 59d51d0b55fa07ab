/// How long the objects of a trail are held by S3's Object Lock: nobody deletes or changes a version before.
package struct ObjectLock: Sendable, Hashable, Codable {
    package enum Mode: String, Sendable, Hashable, Codable, CaseIterable {
        /// Those with a permission of their own for it may lift it.
        case governance = "GOVERNANCE"
        /// Nobody may.
        case compliance = "COMPLIANCE"
    }

    /// S3 knows no more than a hundred years.
    package static let dayCounts = 1...36_500

    package var mode: Mode
    /// One of ``dayCounts``, from the object's own time on.
    package var days: Int

    package init(mode: Mode, days: Int) { (self.mode, self.days) = (mode, days) }
}
