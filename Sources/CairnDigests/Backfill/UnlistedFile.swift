package import CairnFormat
package import CairnObjects

/// A log file that lies in the archive and that no digest lists.
package struct UnlistedFile: Sendable {
    /// Whether cairn wrote it.
    package enum Origin: Sendable {
        /// It is encrypted for its own name under a key of the deployment: a backfill digest may list it.
        case proven(ChainName, DeliveredRecord.File)
        /// Nothing proves it, for a reason.
        case unproven(String)
    }

    package let location: ObjectLocation
    package let origin: Origin
}
