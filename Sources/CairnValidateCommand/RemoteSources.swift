package import CairnKeys
import CairnSystem
import CairnTerminal
import CairnValidation
import FoundationEssentials

#if Remote
import CairnFormat
import CairnNative
import CairnRemote
#endif

/// What a run takes from services: public keys, and the keys of encrypted files. The build without the trait `Remote` has
/// neither, and says so.
package enum RemoteSources {
    /// A list of public keys that was asked for.
    struct KeyList: Sendable {
        var json: [UInt8]
        var name: String
        var region: String
    }

    /// A KMS, until it is closed.
    package struct KMS: Sendable {
        package let keys: any KeyService
        package let close: @Sendable () async -> Void
    }

    /// Buckets in S3, until it is closed.
    package struct Buckets: Sendable {
        package let store: ArchiveStore
        package let close: @Sendable () async -> Void
    }

    #if Remote
    /// The buckets that a name such as `s3://BUCKET` stands for.
    static func buckets(_ text: String, _ options: StoreOptions, time: any TimeSource) throws -> Buckets {
        let variables = ProcessInfo.processInfo.environment
        let region: Region
        do throws(FormatError) {
            region = try Region(
                options.s3Region ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"] ?? "us-east-1")
        } catch { throw ValidateFailure("--s3-region: \(error)", exit: .usage) }
        var settings = S3Settings(
            endpoint: try place(options.s3Endpoint ?? "https://s3.{region}.amazonaws.com", "", "--s3-endpoint"),
            region: region)
        settings.isPathStyle = options.s3PathStyle
        settings.authorityFile = options.s3CaFile
        let chain = CredentialsChain(
            CredentialsSettings(region: region.name, variable: { variables[$0] }), time: time)
        let buckets = try ArchiveStore.buckets(text)
        let store: S3Store
        do throws(CredentialsProblem) {
            store = try S3Store(settings, credentials: chain, time: time, random: SystemRandom())
        } catch { throw ValidateFailure("\(text): \(error)") }
        return Buckets(store: ArchiveStore(store, buckets: buckets)) {
            await store.close()
            await chain.close()
        }
    }

    /// Public keys of the Regions that a run is about, from an API that answers ListPublicKeys.
    static func publicKeys(
        _ endpoint: String, _ archive: Archive, _ scope: Scope, time: any TimeSource
    ) async throws -> [KeyList] {
        let option = "--keys-endpoint"
        let place = try place(endpoint, "https://cloudtrail.{region}.amazonaws.com", option)
        let names: [String]
        do { names = try await archive.regions(scope) } catch {
            throw ValidateFailure("the Regions of \(archive.name) cannot be listed: \(error)")
        }
        let service = RemotePublicKeys(place, credentials: try credentials(option), time: time)
        // A digest may be signed a while after its end; a window may begin long before the range.
        let from = EventTime(seconds: (scope.start?.seconds ?? firstSecond) - 86_400)
        let until = EventTime(seconds: max(scope.now.seconds, scope.end?.seconds ?? 0) + 86_400)
        var lists: [KeyList] = []
        var failure: ValidateFailure?
        for name in names {
            guard let region = try? Region(name) else { continue }
            do throws(RemotePublicKeys.Problem) {
                for page in try await service.pages(of: region, from: from, until: until) {
                    lists.append(KeyList(json: page, name: "\(place.text) \(region)", region: name))
                }
            } catch {
                failure = ValidateFailure(
                    "\(error)", hint: "or save the list on a machine that may ask, and give it with --keys FILE")
                break
            }
        }
        await service.close()
        if let failure { throw failure }
        return lists
    }

    /// A KMS that opens files encrypted under its keys.
    static func kms(_ endpoint: String, time: any TimeSource) throws -> KMS {
        let option = "--kms-endpoint"
        let place = try place(endpoint, "https://kms.{region}.amazonaws.com", option)
        let kms = RemoteKMS(place, credentials: try credentials(option), time: time)
        return KMS(keys: kms) { await kms.close() }
    }

    /// CloudTrail's first day: 2013-11-13.
    private static let firstSecond: Int64 = 1_384_300_800

    private static func place(_ text: String, _ aws: String, _ option: String) throws -> ServiceEndpoint {
        do throws(ServiceEndpoint.Problem) { return try ServiceEndpoint(text == "aws" ? aws : text) } catch {
            throw ValidateFailure("\(option) \(error)", exit: .usage)
        }
    }

    private static func credentials(_ option: String) throws -> SigV4Credentials {
        let environment = ProcessInfo.processInfo.environment
        guard let credentials = SigV4Credentials.environment({ environment[$0] }) else {
            throw ValidateFailure(
                "\(option): there are no credentials", hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                exit: .usage)
        }
        return credentials
    }
    #else
    static func buckets(_ text: String, _ options: StoreOptions, time: any TimeSource) throws -> Buckets {
        throw missing(text)
    }

    static func publicKeys(
        _ endpoint: String, _ archive: Archive, _ scope: Scope, time: any TimeSource
    ) async throws -> [KeyList] { throw missing("--keys-endpoint") }

    static func kms(_ endpoint: String, time: any TimeSource) throws -> KMS { throw missing("--kms-endpoint") }

    private static func missing(_ option: String) -> ValidateFailure {
        ValidateFailure(
            "\(option): this build asks no services", hint: "it was built without the trait Remote; give files instead",
            exit: .usage)
    }
    #endif
}
