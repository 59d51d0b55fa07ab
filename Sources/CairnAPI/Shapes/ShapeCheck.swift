import CairnFormat

/// Compares the members of a request with what the service model says of them.
///
/// A value of another JSON type ends it: nothing more can be said. Of broken rules all are found, in the model's order, depth first.
struct ShapeCheck {
    /// How many are told at once.
    private static let violationCountMax = 20

    private(set) var violations: [Violation] = []

    /// - Throws: `SerializationException` when a member has the wrong type; `ValidationException` with all that is amiss; else the
    ///   error of the first member that has one of its own.
    static func check(_ request: StrictJSON, _ members: [Member]) throws(APIError) {
        guard case .object = request else {
            throw .serialization("the body: expected an object, found \(request.kind)")
        }
        var check = ShapeCheck()
        try check.structure(request, members, at: [], code: nil)
        let plain = check.violations.filter { $0.code == nil }
        guard !plain.isEmpty else {
            guard let first = check.violations.first, let code = first.code else { return }
            throw APIError(400, code, first.description)
        }
        let told = plain.prefix(violationCountMax).map(\.description).joined(separator: "; ")
        throw .validation("\(plain.count) validation error\(plain.count == 1 ? "" : "s") detected: \(told)")
    }

    private mutating func structure(
        _ value: StrictJSON, _ members: [Member], at path: [String], code: String?
    ) throws(APIError) {
        for member in members {
            // What is null is not there: so the services of AWS read it.
            guard let found = value[member.name], !found.isNull else {
                if member.isRequired {
                    note(path + [Self.camel(member.name)], "null", "Member must not be null", member.code ?? code)
                }
                continue
            }
            try check(found, member.shape, at: path + [Self.camel(member.name)], member.name, member.code ?? code)
        }
    }

    private mutating func check(
        _ value: StrictJSON, _ shape: Shape, at path: [String], _ name: String, _ code: String?
    ) throws(APIError) {
        func mismatch(_ expected: String) -> APIError {
            .serialization("\(path.joined(separator: ".")): expected \(expected), found \(value.kind)")
        }
        switch shape {
        case .text(let rule):
            guard let text = value.text else { throw mismatch("a string") }
            check(text, rule, at: path, code)
        case .flag:
            guard case .bool = value else { throw mismatch("true or false") }
        case .integer(let range):
            guard case .number = value else { throw mismatch("a whole number") }
            guard let number = value.int else {
                throw .serialization("\(path.joined(separator: ".")): expected a whole number, found \(value.shown)")
            }
            guard let range else { return }
            if number < range.lowerBound {
                note(path, "'\(number)'", "Member must have value greater than or equal to \(range.lowerBound)", code)
            } else if number > range.upperBound {
                note(path, "'\(number)'", "Member must have value less than or equal to \(range.upperBound)", code)
            }
        case .time:
            guard case .number(let text) = value, let seconds = Double(text), abs(seconds) < 1e11 else {
                throw mismatch("a time: seconds since 1970")
            }
        case .list(let element, let count):
            guard let list = value.list else { throw mismatch("a list") }
            check(list.count, count, at: path, code)
            for (i, found) in list.enumerated() {
                try check(found, element, at: path + ["\(i + 1)", "member"], name, code)
            }
        case .map(let keyRule, let valueRule, let count):
            guard case .object(let pairs) = value else { throw mismatch("an object") }
            check(pairs.count, count, at: path, code)
            for (key, found) in pairs {
                check(key, keyRule, at: path + ["key"], code)
                guard let text = found.text else { throw mismatch("an object of strings") }
                check(text, valueRule, at: path + [key, "value"], code)
            }
        case .structure(let members):
            guard case .object = value else { throw mismatch("an object") }
            try structure(value, members, at: path, code: code)
        }
    }

    private mutating func check(_ text: String, _ rule: TextRule, at path: [String], _ code: String?) {
        let shown = "'\(text.count > 100 ? text.prefix(100) + "…" : text)'"
        let length = text.unicodeScalars.count
        if let min = rule.lengthMin, length < min {
            note(path, shown, "Member must have length greater than or equal to \(min)", code)
        }
        if let max = rule.lengthMax, length > max {
            note(path, shown, "Member must have length less than or equal to \(max)", code)
        }
        if let pattern = rule.pattern, !pattern.fits(text) {
            note(path, shown, "Member must satisfy regular expression pattern: \(pattern.text)", code)
        }
        if !rule.words.isEmpty, !rule.words.contains(text) {
            note(path, shown, "Member must satisfy enum value set: [\(rule.words.joined(separator: ", "))]", code)
        }
    }

    private mutating func check(_ count: Int, _ rule: CountRule, at path: [String], _ code: String?) {
        if let min = rule.min, count < min {
            note(path, "'\(count) elements'", "Member must have length greater than or equal to \(min)", code)
        }
        if let max = rule.max, count > max {
            note(path, "'\(count) elements'", "Member must have length less than or equal to \(max)", code)
        }
    }

    private mutating func note(_ path: [String], _ value: String, _ constraint: String, _ code: String?) {
        violations.append(
            Violation(path: path.joined(separator: "."), value: value, constraint: constraint, code: code))
    }

    /// As records and errors of AWS spell the names of members: `s3BucketName`.
    static func camel(_ name: String) -> String {
        guard let first = name.first else { return name }
        return first.lowercased() + name.dropFirst()
    }
}
