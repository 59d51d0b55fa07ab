// Delegated administrators (reference 6.7).
extension Operation {
    static let organizations: [Operation] = [
        Operation(
            "DeregisterOrganizationDelegatedAdmin", .administer, [.required("DelegatedAdminAccountId", .accountID)]
        ) { (service, call, request) throws(APIError) in
            try await service.delegate(request.required("DelegatedAdminAccountId"), false, call)
        },
        Operation(
            "RegisterOrganizationDelegatedAdmin", .administer, [.required("MemberAccountId", .accountID)]
        ) { (service, call, request) throws(APIError) in
            try await service.delegate(request.required("MemberAccountId"), true, call)
        },
    ]
}
