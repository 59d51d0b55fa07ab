/// An element of an XML document: what services answer in XML is read into these.
package struct XMLElement: Sendable, Equatable {
    /// Without its namespace prefix.
    package var name: String
    /// The text that stands directly in it, entities resolved.
    package var text = ""
    package var children: [XMLElement] = []

    package init(name: String, text: String = "", children: [XMLElement] = []) {
        (self.name, self.text, self.children) = (name, text, children)
    }

    /// The first child of a name.
    package subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// All children of a name, in order.
    package func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}
