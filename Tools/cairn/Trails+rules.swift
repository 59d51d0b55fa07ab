import CairnCatalog
import CairnFormat
import CairnServer
import CairnTerminal
import CairnTrails

/// What trails may say, and how options say it.
extension Trails {
    /// Not too many trails a Region.
    static func checkCount(_ snapshot: MatcherSnapshot, _ trail: Trail) throws(CatalogError) {
        guard let region = snapshot.overfullRegion(of: trail) else { return }
        throw .refused("User: \(trail.account) already has \(MatcherSnapshot.trailCountMax) trails in \(region).")
    }

    static func encryptedBy(_ text: String) throws -> EncryptedBy {
        guard let choice = EncryptedBy(rawValue: text) else {
            throw Failure("--encrypted-by: expected files, store or both, found '\(text)'", exit: .usage)
        }
        return choice
    }

    /// Nil for `none`.
    static func objectLock(_ text: String) throws -> ObjectLock? {
        if text == "none" { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, let mode = ObjectLock.Mode(rawValue: parts[0].uppercased()), let days = Int(parts[1])
        else {
            throw Failure(
                "--object-lock: expected governance:DAYS, compliance:DAYS or none, found '\(text)'", exit: .usage)
        }
        return ObjectLock(mode: mode, days: days)
    }

    /// Only a store that is elsewhere encrypts and holds what it keeps.
    static func checkStore(of trail: Trail, _ access: DataDirectoryAccess) throws {
        guard trail.place.storage != nil, !access.settings.s3Buckets.contains(trail.bucket) else { return }
        throw Failure(
            "bucket \(trail.bucket) is a directory, which neither encrypts nor holds objects",
            hint: "name it in --s3-buckets, or leave --encrypted-by and --object-lock as they are", exit: .usage)
    }

    /// The organization whose trail a trail can be (reference 6.7).
    static func organization(of trail: Trail, _ snapshot: MatcherSnapshot) throws(CatalogError) -> OrganizationID {
        guard let organization = snapshot.organization else {
            throw .refused(
                "OrganizationsNotInUseException: there is no organization: make one with 'cairn organization create'")
        }
        guard trail.account == organization.managementAccount else {
            throw .refused(
                "NotOrganizationMasterAccountException: only \(organization.managementAccount), which manages "
                    + "\(organization.id), owns trails of the organization, and this one is of \(trail.account)")
        }
        return organization.id
    }
}
