package import CairnObjects

/// Objects that the store does nothing else with.
extension ObjectStore {
    @discardableResult
    package func put(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String]
    ) async throws(ObjectError) -> String {
        try await put(bytes, at: location, metadata: metadata, protection: nil)
    }

    @discardableResult
    package func replace(
        _ bytes: [UInt8], at location: ObjectLocation, metadata: [String: String], ifETag: String
    ) async throws(ObjectError) -> String {
        try await replace(bytes, at: location, metadata: metadata, protection: nil, ifETag: ifETag)
    }
}
