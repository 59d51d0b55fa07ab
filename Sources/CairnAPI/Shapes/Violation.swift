/// A value that breaks a rule of the service model.
struct Violation: Sendable, Equatable {
    /// The member as AWS's services name it: `lookupAttributes.1.member.attributeValue`.
    let path: String
    /// The value as shown: in quotes, or the word null.
    let value: String
    /// What the model asks: `Member must have length less than or equal to 36`.
    let constraint: String
    /// The error that it is; nil: `ValidationException`.
    let code: String?

    var description: String { "Value \(value) at '\(path)' failed to satisfy constraint: \(constraint)" }
}
