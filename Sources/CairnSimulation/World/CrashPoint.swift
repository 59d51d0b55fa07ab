/// One call at which a process or the machine ends, for runs that try every call.
package struct CrashPoint: Sendable, Equatable, CustomStringConvertible {
    /// The number of the call among all calls of all processes, from 1.
    package var call: Int
    /// Whether the machine loses power; else the process dies.
    package var isPower: Bool
    /// Whether the call has its effect before that.
    package var takesEffect: Bool
    /// Which of the writes that were not synced reach the disk, in order, a bit for each; all further ones as the last bit.
    /// Nil: chance decides.
    package var survivors: UInt8?

    package init(call: Int, isPower: Bool, takesEffect: Bool, survivors: UInt8? = nil) {
        (self.call, self.isPower, self.takesEffect, self.survivors) = (call, isPower, takesEffect, survivors)
    }

    package var description: String {
        "\(isPower ? "power fails" : "the process dies") \(takesEffect ? "behind" : "before") call \(call)"
            + (survivors.map { ", unsynced writes that stay: \(String($0, radix: 2))" } ?? "")
    }
}
