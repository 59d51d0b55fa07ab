import CairnFormat
import CairnObjects
import CairnSystem
import FoundationEssentials
import NIOHTTP1

/// What a store is asked to do with an object, as headers, and what it answers to that.
struct ProtectionHeaders {
    private static let encryption = "x-amz-server-side-encryption"
    private static let key = "x-amz-server-side-encryption-aws-kms-key-id"
    private static let context = "x-amz-server-side-encryption-context"
    private static let mode = "x-amz-object-lock-mode"
    private static let until = "x-amz-object-lock-retain-until-date"

    private(set) var headers: [(name: String, value: String)] = []

    init(_ protection: ObjectProtection?) {
        switch protection?.encryption {
        case .storeKey: headers.append((Self.encryption, "AES256"))
        case .kms(let key, let trailARN):
            // S3 adds the object's own ARN to the context.
            let context = #"{"aws:cloudtrail:arn":"\#(trailARN)"}"#
            headers += [
                (Self.encryption, "aws:kms"), (Self.key, key.description),
                (Self.context, Data(context.utf8).base64EncodedString()),
            ]
        case nil: break
        }
        if let hold = protection?.hold {
            headers += [
                (Self.mode, hold.mode.rawValue),
                (Self.until, hold.until.iso8601),
                // Some stores look for the name of the checksum, and not for the checksum.
                ("x-amz-sdk-checksum-algorithm", "SHA256"),
            ]
        }
    }

    /// How the store says it keeps an object.
    static func keeping(_ answer: HTTPHeaders) -> ObjectKeeping {
        var keeping = ObjectKeeping()
        switch answer.first(name: Self.encryption) {
        case "AES256": keeping.encryption = .storeKey
        case "aws:kms": keeping.encryption = .kms(key: answer.first(name: Self.key) ?? "")
        default: break
        }
        // Stores differ in whether they show fractions of a second.
        if let mode = answer.first(name: Self.mode).flatMap({ ObjectLock.Mode(rawValue: $0) }),
            let text = answer.first(name: Self.until),
            let until = EventTime(iso8601: Array(text.utf8.prefix(19)) + Array("Z".utf8))
        {
            keeping.hold = .init(mode: mode, until: Timestamp(milliseconds: until.seconds * 1_000))
        }
        return keeping
    }

    /// A store that knows nothing of encryption keeps the object as it came, and says so by saying nothing.
    func check(_ answer: HTTPHeaders) throws(S3Problem) {
        for (name, value) in headers where name == Self.encryption || name == Self.key {
            let found = answer.first(name: name)
            guard found == value else {
                throw S3Problem(
                    status: 403, code: "CairnNotEncrypted",
                    message:
                        "asked to encrypt with \(value), it says \(found ?? "nothing"): such a store cannot keep this trail's "
                        + "files; let cairn encrypt them ('cairn trails update --encrypted-by files')")
            }
        }
    }
}
