/// What is announced for one delivered file: CloudTrail's SNS message (reference 4.2).
package struct Notice: Sendable, Equatable {
    package let bucket: BucketName
    package let keys: [ObjectKey]

    package init(bucket: BucketName, keys: [ObjectKey]) {
        self.bucket = bucket
        self.keys = keys
    }

    /// `{"s3Bucket":"…","s3ObjectKey":["…"]}`, compact.
    package var message: String {
        let list = keys.map { JSONText.quoted($0.text) }.joined(separator: ",")
        return "{\"s3Bucket\":\(JSONText.quoted(bucket.text)),\"s3ObjectKey\":[\(list)]}"
    }
}
