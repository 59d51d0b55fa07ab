import CairnFormat

/// The tags of a trail or channel, in the order in which they came (reference 6.11).
struct ResourceTags: Sendable, Equatable, Codable {
    struct Tag: Sendable, Equatable, Codable {
        let key: String
        /// Nil: none was given, which is not the same as an empty one.
        let value: String?
    }

    /// The most tags of one resource.
    static let countMax = 50

    private(set) var tags: [Tag] = []

    var isEmpty: Bool { tags.isEmpty }

    /// - Throws: `InvalidTagParameterException`, `TagsLimitExceededException`.
    init(_ requests: [Request]) throws(APIError) {
        for request in requests {
            let key = request.required("Key")
            guard !key.lowercased().hasPrefix("aws:") else {
                throw APIError(
                    400, "InvalidTagParameterException", "the tag key '\(key)' begins with aws:, which is reserved")
            }
            guard !tags.contains(where: { $0.key == key }) else {
                throw APIError(400, "InvalidTagParameterException", "the tag key '\(key)' stands there twice")
            }
            tags.append(Tag(key: key, value: request.text("Value")))
        }
        try checkCount()
    }

    init() {}

    /// Adds tags; those of keys that are there take their values.
    mutating func add(_ new: ResourceTags) throws(APIError) {
        for tag in new.tags {
            if let i = tags.firstIndex(where: { $0.key == tag.key }) { tags[i] = tag } else { tags.append(tag) }
        }
        try checkCount()
    }

    /// Takes the tags of keys away; keys that are not there are passed over.
    mutating func remove(keys: Set<String>) { tags.removeAll { keys.contains($0.key) } }

    private func checkCount() throws(APIError) {
        guard tags.count <= Self.countMax else {
            throw APIError(
                400, "TagsLimitExceededException",
                "a resource has at most \(Self.countMax) tags; there would be \(tags.count)")
        }
    }

    var answer: StrictJSON {
        .array(
            tags.map { tag in
                .object([("Key", .string(tag.key))] + (tag.value.map { [("Value", .string($0))] } ?? []))
            })
    }
}
