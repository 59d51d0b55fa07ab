/// What became of writes that were not synced.
package struct LostWrites: Sendable, Equatable {
    package internal(set) var lostCount = 0
    package internal(set) var tornCount = 0
    /// How many are there, whole or in part, where an earlier one of the file is not.
    package internal(set) var reorderedCount = 0

    static func += (sum: inout LostWrites, more: LostWrites) {
        sum.lostCount += more.lostCount
        sum.tornCount += more.tornCount
        sum.reorderedCount += more.reorderedCount
    }
}
