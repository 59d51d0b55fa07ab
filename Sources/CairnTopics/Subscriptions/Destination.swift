package import CairnRemote

/// Where the notices of a subscription go.
package enum Destination: Sendable, Hashable, Codable, CustomStringConvertible {
    /// A topic of SNS, or of what speaks like it.
    case sns(AbroadARN)
    /// A queue of SQS, or of what speaks like it.
    case sqs(AbroadARN)
    case webhook(WebhookURL)

    /// - Parameter text: the ARN of a topic or queue, or a webhook's URL.
    package init(_ text: String) throws(TopicError) {
        if text.hasPrefix("arn:") {
            guard let arn = AbroadARN(text) else {
                throw .badDestination(
                    text, expected: "arn:aws:sns:REGION:ACCOUNT:NAME or arn:aws:sqs:REGION:ACCOUNT:NAME")
            }
            self = arn.service == "sns" ? .sns(arn) : .sqs(arn)
            return
        }
        do throws(WebhookURL.Problem) { self = .webhook(try WebhookURL(text)) } catch {
            guard text.hasPrefix("http") else {
                throw .badDestination(text, expected: "the ARN of an SNS topic or an SQS queue, or https://HOST/PATH")
            }
            throw .badDestination(text, expected: error.description)
        }
    }

    package var description: String {
        switch self {
        case .sns(let arn), .sqs(let arn): "\(arn)"
        case .webhook(let url): "\(url)"
        }
    }

    /// What is shown to people: a webhook's path may be a password.
    package var shown: String {
        guard case .webhook(let url) = self else { return description }
        return "https://\(url.host)\(url.port == 443 ? "" : ":\(url.port)")/…"
    }

    package init(from decoder: any Decoder) throws {
        try self.init(try decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
