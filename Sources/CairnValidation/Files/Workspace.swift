import CairnNative

/// What one check of a file works with: a few buffers, of bounded size, used again and again.
// Used by one task at a time: the pool gives each out once until it comes back.
final class Workspace: @unchecked Sendable {
    let survey = RecordSurvey()
    let hash = SHA256()
}
