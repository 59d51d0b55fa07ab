import CSimdJSON
import Glibc

/// One JSON value as a reader found it. Valid inside the closure that ``JSONReader`` shows it to.
package struct JSONValue {
    /// What kind of value it is.
    package enum Kind: Sendable {
        case absent, string, bool, null, number, object, array

        /// As error messages name it.
        package var name: String {
            switch self {
            case .absent: "nothing"
            case .string: "a string"
            case .bool: "true or false"
            case .null: "null"
            case .number: "a number"
            case .object: "an object"
            case .array: "an array"
            }
        }
    }

    private let value: cairn_json_value

    init(_ value: cairn_json_value) { self.value = value }

    package var kind: Kind {
        switch value.kind {
        case CAIRN_JSON_STRING: .string
        case CAIRN_JSON_TRUE, CAIRN_JSON_FALSE: .bool
        case CAIRN_JSON_NULL: .null
        case CAIRN_JSON_NUMBER: .number
        case CAIRN_JSON_OBJECT: .object
        case CAIRN_JSON_ARRAY: .array
        default: .absent
        }
    }

    /// The value of a boolean, nil for any other kind.
    package var bool: Bool? {
        value.kind == CAIRN_JSON_TRUE ? true : value.kind == CAIRN_JSON_FALSE ? false : nil
    }

    /// The unescaped bytes of a string as text, nil for any other kind.
    package var string: String? { withBytes { String(decoding: $0, as: UTF8.self) } }

    /// How many bytes the unescaped string has; 0 for any other kind.
    package var byteCount: Int { value.kind == CAIRN_JSON_STRING ? value.length : 0 }

    /// Whether this is the string `text`, compared byte by byte.
    package func equals(_ text: StaticString) -> Bool {
        guard value.kind == CAIRN_JSON_STRING, value.length == text.utf8CodeUnitCount else { return false }
        return value.length == 0 || memcmp(value.bytes, text.utf8Start, value.length) == 0
    }

    /// Shows the unescaped bytes of a string; nil for any other kind.
    package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard value.kind == CAIRN_JSON_STRING else { return nil }
        return body(UnsafeRawBufferPointer(start: value.bytes, count: value.length))
    }

    /// Appends the unescaped bytes of a string to `bytes`; nothing for any other kind.
    package func append(to bytes: inout [UInt8]) {
        guard value.kind == CAIRN_JSON_STRING else { return }
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: value.bytes, count: value.length))
    }
}
