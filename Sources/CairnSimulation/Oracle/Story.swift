import CairnFormat
import CairnTrails

/// The names of what runs are about.
enum Story {
    static let account = known { try AccountID("111122223333") }
    static let regions = [Region.usEast1, known { try Region("eu-west-1") }]
    /// Trails by name: the first is the one that a new data directory has.
    static let trails = ["main", "second", "third"]
    static let kmsKey = known {
        try KeyARN("arn:aws:kms:us-east-1:999988887777:key/00000000-0000-4000-8000-000000000000")
    }

    /// The buckets that a trail may deliver to.
    static func buckets(of trail: String) -> [BucketName] {
        let first = trail == "main" ? "cairn-logs" : "\(trail)-bucket"
        return [first, "\(trail)-moved"].map { name in known { try BucketName(name) } }
    }

    static var buckets: [BucketName] { trails.flatMap { buckets(of: $0) } }

    /// The prefix of a trail's keys, which tells whose a file is.
    static func prefix(of trail: String) -> KeyPrefix? { trail == "main" ? nil : known { try KeyPrefix(trail) } }

    static func trail(of key: String) -> String? {
        trails.first { key.hasPrefix($0 == "main" ? "AWSLogs/" : "\($0)/AWSLogs/") }
    }

    static func model(of trail: String) -> TrailModel {
        TrailModel(bucket: buckets(of: trail)[0], isMultiRegion: trail != "third", takes: .management)
    }

    static func selectors(_ takes: TrailModel.Takes) -> Selectors {
        switch takes {
        case .management: .standard
        case .managementWrites: .basic([EventSelector(readWriteType: .writeOnly)])
        case .managementAndObjects:
            .basic([EventSelector(dataResources: [DataResource(type: "AWS::S3::Object", values: ["arn:aws:s3"])])])
        }
    }

    /// What is written here in the program cannot be wrong.
    private static func known<Value>(_ make: () throws -> Value) -> Value {
        do { return try make() } catch { preconditionFailure("a name of the simulation is wrong: \(error)") }
    }
}
