/// Reads small XML documents of unknown origin: UTF-8, elements and text, the five entities and characters by number.
///
/// Document types are refused, and with them entities of their own: a document is never larger in memory than on the wire by
/// more than a small factor. Attributes and comments are passed over.
package struct XMLReader {
    /// The largest document, in bytes.
    package static let byteCountMax = 8 << 20
    /// How deep elements may stand in one another.
    package static let depthMax = 16

    private let bytes: [UInt8]
    private var at = 0

    /// The root element of a document.
    package static func read(_ bytes: [UInt8]) throws(XMLProblem) -> XMLElement {
        guard bytes.count <= byteCountMax else {
            throw XMLProblem(reason: "more than \(byteCountMax) bytes", offset: byteCountMax)
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw XMLProblem(reason: "it is not UTF-8", offset: 0)
        }
        var reader = XMLReader(bytes)
        return try reader.document()
    }

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    private func problem(_ reason: String) -> XMLProblem { XMLProblem(reason: reason, offset: at) }

    private func stands(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { expected in
            at + expected.count <= bytes.count && bytes[at..<at + expected.count].elementsEqual(expected)
        }
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
    }

    /// Goes on behind the next `end`.
    private mutating func skip(past end: StaticString, _ what: String) throws(XMLProblem) {
        while at < bytes.count {
            if stands(end) {
                at += end.utf8CodeUnitCount
                return
            }
            at += 1
        }
        throw problem("\(what) does not end")
    }

    private mutating func document() throws(XMLProblem) -> XMLElement {
        if stands("\u{FEFF}") { at += 3 }
        try skipMisc()
        guard stands("<") else { throw problem("expected an element") }
        let root = try element(depth: 1)
        try skipMisc()
        guard at == bytes.count else { throw problem("something stands behind the root element") }
        return root
    }

    /// White space, comments and processing instructions, among them the XML declaration.
    private mutating func skipMisc() throws(XMLProblem) {
        while true {
            skipSpace()
            if stands("<?") {
                try skip(past: "?>", "a processing instruction")
            } else if stands("<!--") {
                try skip(past: "-->", "a comment")
            } else {
                return
            }
        }
    }

    private mutating func element(depth: Int) throws(XMLProblem) -> XMLElement {
        guard depth <= Self.depthMax else { throw problem("elements stand deeper than \(Self.depthMax)") }
        at += 1
        let name = try self.name()
        guard let local = name.utf8.split(separator: UInt8(ascii: ":")).last else { throw problem("expected a name") }
        var element = XMLElement(name: String(decoding: local, as: UTF8.self))
        if try skipAttributes() { return element }
        var text: [UInt8] = []
        while at < bytes.count {
            guard bytes[at] == UInt8(ascii: "<") else {
                try character(into: &text)
                continue
            }
            if stands("</") {
                at += 2
                let closing = try self.name()
                skipSpace()
                guard closing == name, stands(">") else { throw problem("expected the end of \(name)") }
                at += 1
                element.text = String(decoding: text, as: UTF8.self)
                return element
            } else if stands("<!--") {
                try skip(past: "-->", "a comment")
            } else if stands("<![CDATA[") {
                let start = at + 9
                try skip(past: "]]>", "a section of text")
                text += bytes[start..<at - 3]
            } else if stands("<?") {
                try skip(past: "?>", "a processing instruction")
            } else {
                element.children.append(try self.element(depth: depth + 1))
            }
        }
        throw problem("\(name) does not end")
    }

    private mutating func name() throws(XMLProblem) -> String {
        let start = at
        while at < bytes.count, !" \t\r\n/>=<&\"'!?".utf8.contains(bytes[at]) { at += 1 }
        guard at > start, at - start <= 256 else { throw problem("expected a name") }
        return String(decoding: bytes[start..<at], as: UTF8.self)
    }

    /// Up to the end of an opening tag. True when the element is empty.
    private mutating func skipAttributes() throws(XMLProblem) -> Bool {
        while at < bytes.count {
            skipSpace()
            if stands("/>") {
                at += 2
                return true
            }
            if stands(">") {
                at += 1
                return false
            }
            _ = try name()
            skipSpace()
            guard stands("=") else { throw problem("expected '='") }
            at += 1
            skipSpace()
            guard stands("\"") || stands("'") else { throw problem("expected a value in quotes") }
            let quote = bytes[at]
            at += 1
            while at < bytes.count, bytes[at] != quote {
                guard bytes[at] != UInt8(ascii: "<") else { throw problem("'<' stands in a value") }
                at += 1
            }
            at += 1
        }
        throw problem("a tag does not end")
    }

    private mutating func character(into text: inout [UInt8]) throws(XMLProblem) {
        guard bytes[at] == UInt8(ascii: "&") else {
            text.append(bytes[at])
            at += 1
            return
        }
        guard let end = bytes[at...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw problem("'&' begins no entity")
        }
        let name = String(decoding: bytes[at + 1..<end], as: UTF8.self)
        switch name {
        case "lt": text.append(UInt8(ascii: "<"))
        case "gt": text.append(UInt8(ascii: ">"))
        case "amp": text.append(UInt8(ascii: "&"))
        case "quot": text.append(UInt8(ascii: "\""))
        case "apos": text.append(UInt8(ascii: "'"))
        default:
            let number =
                name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst(1), radix: 10)
            guard name.hasPrefix("#"), let number, number != 0, let scalar = Unicode.Scalar(number) else {
                throw problem("'&\(name);' is no entity that is known")
            }
            text += Array(String(Character(scalar)).utf8)
        }
        at = end + 1
    }
}
