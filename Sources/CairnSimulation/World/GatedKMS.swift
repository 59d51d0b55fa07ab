import CairnFormat
import CairnKeys
import CairnNative
import CairnTestKit

/// The KMS elsewhere as one process has it.
struct GatedKMS: KeyService {
    let process: SimulatedProcess
    private var world: World { process.world }

    init(_ process: SimulatedProcess) { self.process = process }

    private func wait() async throws(KeyError) {
        if world.strikes(.kmsSlow) { await world.pause(.seconds(3)) }
        try await process.pass("call KMS", "", dead: { KeyError.unavailable("the process is dead") }) {
            () async throws(KeyError) in
            if world.strikes(.kmsFails) { throw .unavailable("KMSInternalException") }
        }
    }

    func dataKey(for use: KeyUse) async throws(KeyError) -> DataKey {
        try await wait()
        return try await world.kms.dataKey(for: use)
    }

    func open(_ wrap: WrappedDataKey, context: EncryptionContext) async throws(KeyError) -> Secret {
        try await wait()
        return try await world.kms.open(wrap, context: context)
    }
}
