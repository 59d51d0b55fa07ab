extension Catalog {
    package func deployment() async throws(CatalogError) -> Deployment {
        guard let deployment = try await read("deployment", as: Deployment.self)?.content else { throw .noDeployment }
        guard deployment.format <= Deployment.formatMax else {
            throw .refused(
                "this data directory has format \(deployment.format), this cairn reads up to \(Deployment.formatMax): use the "
                    + "newer cairn that wrote it")
        }
        return deployment
    }

    /// Sets the deployment up; whoever is first decides.
    package func establish(_ deployment: Deployment) async throws(CatalogError) -> Deployment {
        _ = try await swap("deployment", deployment, ifRevision: nil)
        return try await self.deployment()
    }

    // MARK: Principals

    package func principals() async throws(CatalogError) -> [Principal] {
        try await list("principals/", as: Principal.self).map(\.content)
    }

    package func add(_ principal: Principal) async throws(CatalogError) {
        guard try await swap("principals/\(principal.id)", principal, ifRevision: nil) else {
            throw .refused("there is a principal \(principal.id) already")
        }
    }

    /// Changes a principal.
    package func changePrincipal(_ id: String, _ change: (inout Principal) -> Void) async throws(CatalogError) {
        guard let old = try await read("principals/\(id)", as: Principal.self) else {
            throw .refused("there is no principal \(id): list them with 'cairn accounts list'")
        }
        _ = try await update("principals/\(id)", initial: old.content) { (principal) throws(CatalogError) in
            change(&principal)
        }.get()
    }

    // MARK: Findings

    /// Keeps a finding, or counts it again.
    package func add(_ finding: Finding) async throws(CatalogError) {
        _ = try await update(finding.key, initial: Optional<Finding>.none) {
            (kept: inout Finding?) throws(CatalogError) in
            var known = kept ?? finding
            if kept != nil {
                known.count += 1
                known.lastAt = finding.lastAt
                known.text = finding.text
            }
            kept = known
        }.get()
    }

    /// Whether there is a finding of a kind about a subject.
    package func hasFinding(_ kind: Finding.Kind, _ subject: String) async throws(CatalogError) -> Bool {
        try await read(Finding(kind: kind, subject: subject, text: "", at: 0).key, as: Finding.self) != nil
    }

    package func findings() async throws(CatalogError) -> [Finding] {
        try await list("findings/", as: Finding.self).map(\.content)
    }
}
