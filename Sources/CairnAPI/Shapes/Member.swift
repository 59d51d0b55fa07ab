/// A member of a request: its name, what it may be, and whether it must be there.
package struct Member: Sendable {
    package let name: String
    package let shape: Shape
    package let isRequired: Bool
    /// The error by which a value that breaks the shape's rules is refused; nil: `ValidationException`, as most are.
    let code: String?

    static func required(_ name: String, _ shape: Shape, code: String? = nil) -> Member {
        Member(name: name, shape: shape, isRequired: true, code: code)
    }

    static func optional(_ name: String, _ shape: Shape, code: String? = nil) -> Member {
        Member(name: name, shape: shape, isRequired: false, code: code)
    }
}
