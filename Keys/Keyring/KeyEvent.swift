package import CairnFormat

/// What was done with keys, by whom: becomes an event of cairn's own trail, source `kms.cairn`. Never holds key bytes.
package struct KeyEvent: Sendable, Equatable, Codable {
    package let id: UniqueID
    /// In ms since 1970.
    package let at: Int64
    /// As KMS names the call: `CreateKey`, `DisableKey`, …
    package let name: String
    package let actor: KeyActor
    package let parameters: [String: String]
    package let resources: [KeyARN]
    package let isReadOnly: Bool
}
