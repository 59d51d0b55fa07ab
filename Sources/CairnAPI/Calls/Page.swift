import CairnFormat

/// A part of a list, as long as one answer may be, and the token of what follows.
struct Page<Element> {
    let elements: [Element]
    /// `NextToken`, if there is more; else nothing.
    let token: [(name: String, value: StrictJSON)]
}

extension CloudTrailService {
    /// The page of a list that a request asks for.
    ///
    /// - Parameters:
    ///   - elements: sorted by `key`, which no two share.
    ///   - query: all that decides what the list is.
    func page<Element>(
        of elements: [Element], by key: (Element) -> String, _ request: Request, _ query: [String], countMax: Int
    ) throws(APIError) -> Page<Element> {
        var rest = elements[...]
        if let token = request.text("NextToken"), !token.isEmpty {
            guard let place = tokens.place(token, of: query) else { throw .badToken }
            rest = rest.drop { key($0) <= place }
        }
        let page = rest.prefix(max(1, min(request.integer("MaxResults") ?? countMax, countMax)))
        guard let last = page.last, page.count < rest.count else { return Page(elements: Array(page), token: []) }
        return Page(
            elements: Array(page), token: [("NextToken", .string(tokens.token(at: key(last), of: query)))])
    }
}
