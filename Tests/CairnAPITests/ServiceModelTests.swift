import CairnAPI
import CairnFormat
import CairnNative
import Foundation
import Testing

@Suite("The table of operations is CloudTrail's service model")
struct ServiceModelTests {
    /// The model that boto3 and the AWS CLI go by, in the virtual environment that Tools/test makes.
    static let model: StrictJSON? = {
        guard let python = ProcessInfo.processInfo.environment["CAIRN_PYTHON"] else { return nil }
        let lib = URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("lib")
        for version in (try? FileManager.default.contentsOfDirectory(atPath: lib.path)) ?? [] {
            let file = lib.appendingPathComponent(
                "\(version)/site-packages/botocore/data/cloudtrail/2013-11-01/service-2.json.gz")
            guard let gzip = try? Data(contentsOf: file) else { continue }
            let stream = GzipStream(limit: 64 << 20)
            var json: [UInt8] = []
            try? stream.inflate(Array(gzip), into: &json)
            return try? StrictJSON.parse(json)
        }
        return nil
    }()
    static let isWanted = model != nil || ProcessInfo.processInfo.environment["CI"] == "true"

    @Test("has every operation, no other, and each once", .enabled(if: isWanted))
    func operations() throws {
        guard case .object(let all)? = try #require(Self.model)["operations"] else { throw Missing() }
        #expect(Operation.all.map(\.name).sorted() == all.map(\.name).sorted())
        #expect(Operation.all.count == 60)
    }

    @Test("asks of each member what the model asks", .enabled(if: isWanted))
    func members() throws {
        let model = try #require(Self.model)
        for operation in Operation.all {
            guard let shape = model["operations"]?[operation.name]?["input"]?["shape"]?.text else { throw Missing() }
            let expected = Self.structure(model, shape).sorted()
            let found = operation.members.map(Self.text).sorted()
            #expect(found == expected, "\(operation.name)")
        }
    }

    struct Missing: Error {}

    // MARK: One way to write both down

    private static func structure(_ model: StrictJSON, _ name: String) -> [String] {
        let shape = model["shapes"]?[name]
        let required = Set((shape?["required"]?.list ?? []).compactMap(\.text))
        guard case .object(let members)? = shape?["members"] else { return [] }
        return members.map { member in
            "\(member.name)\(required.contains(member.name) ? "!" : "") "
                + text(model, member.value["shape"]?.text ?? "")
        }
    }

    private static func text(_ model: StrictJSON, _ name: String) -> String {
        let shape = model["shapes"]?[name]
        let range = "\(shape?["min"]?.int.map(String.init) ?? "")..\(shape?["max"]?.int.map(String.init) ?? "")"
        switch shape?["type"]?.text {
        case "string":
            let words = (shape?["enum"]?.list ?? []).compactMap(\.text).sorted().joined(separator: "|")
            return "text \(range) \(shape?["pattern"]?.text ?? "") \(words)"
        case "boolean": return "flag"
        case "integer", "long": return "integer \(range)"
        case "timestamp": return "time"
        case "list": return "list \(range) of \(text(model, shape?["member"]?["shape"]?.text ?? ""))"
        case "map":
            let (key, value) = (shape?["key"]?["shape"]?.text ?? "", shape?["value"]?["shape"]?.text ?? "")
            return "map \(range) of \(text(model, key)) to \(text(model, value))"
        case "structure": return "{\(structure(model, name).sorted().joined(separator: "; "))}"
        default: return "?"
        }
    }

    private static func text(_ member: Member) -> String {
        "\(member.name)\(member.isRequired ? "!" : "") \(text(member.shape))"
    }

    private static func text(_ rule: TextRule) -> String {
        let range = "\(rule.lengthMin.map(String.init) ?? "")..\(rule.lengthMax.map(String.init) ?? "")"
        return "text \(range) \(rule.pattern?.text ?? "") \(rule.words.sorted().joined(separator: "|"))"
    }

    private static func text(_ count: CountRule) -> String {
        "\(count.min.map(String.init) ?? "")..\(count.max.map(String.init) ?? "")"
    }

    private static func text(_ shape: Shape) -> String {
        switch shape {
        case .text(let rule): text(rule)
        case .flag: "flag"
        case .integer(let range): "integer \(range.map { "\($0.lowerBound)..\($0.upperBound)" } ?? "..")"
        case .time: "time"
        case .list(let element, let count): "list \(text(count)) of \(text(element))"
        case .map(let key, let value, let count): "map \(text(count)) of \(text(key)) to \(text(value))"
        case .structure(let members): "{\(members.map(text).sorted().joined(separator: "; "))}"
        }
    }
}
