import ArgumentParser

/// How results are printed.
package enum ValidateFormat: String, ExpressibleByArgument, CaseIterable, Sendable {
    case text, json
}
