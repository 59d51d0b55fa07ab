/// A secret that several may hold: in a cache, in a dictionary, in a task.
package final class KeyMaterial: Sendable, CustomStringConvertible {
    package let secret: Secret

    package init(_ secret: consuming Secret) { self.secret = secret }

    package var description: String { "KeyMaterial(\(secret.count) bytes)" }
}
