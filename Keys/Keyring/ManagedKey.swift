package import CairnFormat

/// A managed key: it wraps trail keys, has versions, and states as a KMS key has them.
package struct ManagedKey: Sendable, Equatable, Codable {
    /// As DescribeKey's `KeyState`.
    package enum State: String, Sendable, Codable {
        case enabled = "Enabled"
        case disabled = "Disabled"
        case pendingDeletion = "PendingDeletion"
        /// Its versions are destroyed; it is listed so that what it opened can be explained.
        case deleted = "Deleted"
    }

    /// One version's key.
    package struct Version: Sendable, Equatable, Codable {
        package enum State: String, Sendable, Codable {
            /// The newest one wraps; older ones only open.
            case active
            /// Opens, never wraps again.
            case retired
            case destroyed
        }

        package let number: Int
        package let createdAt: Int64
        /// Names the record of the version: two who make a version at once never write over each other's.
        package let record: UniqueID
        package var state: State
    }

    package let arn: KeyARN
    package var description: String
    package var state: State
    /// When it was made, in ms since 1970.
    package let createdAt: Int64
    /// When it will be destroyed, while it is pending deletion.
    package var deletionAt: Int64?
    /// Whether it is to be destroyed though something needs it.
    package var isDeletionForced = false
    /// After how many days a new version is made; nil: never by itself.
    package var rotationDays: Int?
    package var versions: [Version]
    /// Versions that a rewrap moves records to, which is under way or was cut off: none of them is destroyed meanwhile.
    var rewrapTargets: [Int]?

    /// The days that automatic rotation may have (as KMS).
    package static let rotationDayRange = 90...2_560
    /// The days that a deletion may wait (as KMS).
    package static let deletionDayRange = 7...30

    /// The version that wraps now; nil when all are retired or destroyed.
    package var current: Version? { versions.last { $0.state == .active } }

    package func version(_ number: Int) -> Version? { versions.first { $0.number == number } }

    /// When automatic rotation makes the next version, in ms since 1970.
    package var nextRotationAt: Int64? {
        guard let rotationDays, let newest = versions.last, state == .enabled else { return nil }
        return newest.createdAt + Int64(rotationDays) * 86_400_000
    }

    /// The label of a version in records it sealed.
    package func label(_ version: Int) -> String { "\(arn)/\(version)" }

    /// Throws as KMS does when the key may not be used.
    package func checkUsable() throws(KeyError) {
        switch state {
        case .enabled: return
        case .disabled: throw .disabled(arn)
        case .pendingDeletion: throw .pendingDeletion(arn)
        case .deleted: throw .destroyed("\(arn)")
        }
    }
}
