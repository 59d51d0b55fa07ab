import CairnFormat
import CairnKeys
import CairnNative

/// Exported trail keys for the files that name one, and whatever else the operator has for the others.
struct TrailKeys: KeyService {
    private let exported: TrailKeyFile
    private let others: (any KeyService)?

    init(_ exported: TrailKeyFile, others: (any KeyService)?) { (self.exported, self.others) = (exported, others) }

    func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey { try await exported.dataKey(for: use) }

    func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        guard let others, wrap.provider == WrappedDataKey.kmsProvider else {
            return try await exported.open(wrap, context: context)
        }
        return try await others.open(wrap, context: context)
    }
}
