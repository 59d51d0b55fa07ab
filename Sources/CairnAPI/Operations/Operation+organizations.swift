// Delegated administrators (reference 6.7), and the part of Organizations that tells of the organization.
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

    static let organizationsService: [Operation] = [
        Operation(
            "DescribeAccount", .describe, [.required("AccountId", .text(.like(.digitsOnly)))], of: .organizations
        ) { (service, call, request) throws(APIError) in
            try await service.describeAccount(call, request)
        },
        Operation(
            "DescribeOrganization", .describe, [], of: .organizations
        ) { (service, call, _) throws(APIError) in
            try await service.describeOrganization(call)
        },
        Operation(
            "ListAccounts", .describe,
            [
                .optional("NextToken", .text(.upTo(100_000))),
                .optional("MaxResults", .integer(1...20)),
            ], of: .organizations
        ) { (service, call, request) throws(APIError) in
            try await service.listAccounts(call, request)
        },
        Operation(
            "ListDelegatedAdministrators", .describe,
            [
                .optional("ServicePrincipal", .text(.sized(1...128))), .optional("NextToken", .text(.upTo(100_000))),
                .optional("MaxResults", .integer(1...20)),
            ], of: .organizations
        ) { (service, call, request) throws(APIError) in
            try await service.listDelegatedAdministrators(call, request)
        },
        Operation(
            "ListAWSServiceAccessForOrganization", .describe,
            [
                .optional("NextToken", .text(.upTo(100_000))), .optional("MaxResults", .integer(1...20)),
            ], of: .organizations
        ) { (service, call, _) throws(APIError) in
            try await service.listServiceAccess(call)
        },
    ]
}
