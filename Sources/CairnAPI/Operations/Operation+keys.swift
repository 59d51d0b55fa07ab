// Keys that sign digests (reference 3.7).
extension Operation {
    static let keys: [Operation] = [
        Operation(
            "ListPublicKeys", .describe,
            [.optional("StartTime", .time), .optional("EndTime", .time), .optional("NextToken", .anyText)]
        ) { (service, call, request) throws(APIError) in try await service.listPublicKeys(call, request) }
    ]
}
