// Tags (reference 6.11).
extension Operation {
    static let tags: [Operation] = [
        Operation(
            "AddTags", .administer, [.required("ResourceId", .anyText), .required("TagsList", .tags)]
        ) { (service, call, request) throws(APIError) in try await service.addTags(call, request) },
        Operation(
            "ListTags", .describe,
            [.required("ResourceIdList", .list(.anyText, count: .any)), .optional("NextToken", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.listTags(call, request) },
        Operation(
            "RemoveTags", .administer, [.required("ResourceId", .anyText), .required("TagsList", .tags)]
        ) { (service, call, request) throws(APIError) in try await service.removeTags(call, request) },
    ]
}
