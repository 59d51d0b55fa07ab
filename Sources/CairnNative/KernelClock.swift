import CMalloc

/// What the kernel knows of the wall clock.
package enum KernelClock {
    /// Whether a time service keeps it.
    package static var isKept: Bool {
        var kernel = timex()
        return adjtimex(&kernel) != TIME_ERROR
    }
}
