#include "cairn_json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <new>
#include <string_view>
#include <vector>

namespace dom = simdjson::dom;

struct cairn_json_lookup_reader {
    dom::parser parser;
    std::vector<cairn_json_resource> resources;
    size_t capacity = 0;
};

namespace {

// Members of requestParameters that name a resource, and what it is then: what calls are looked for by most.
struct Parameter {
    std::string_view name;
    std::string_view type;
};

const Parameter parameters[] = {
    {"bucketName", "AWS::S3::Bucket"},       {"userName", "AWS::IAM::User"},
    {"roleName", "AWS::IAM::Role"},          {"groupName", "AWS::IAM::Group"},
    {"policyArn", "AWS::IAM::Policy"},       {"instanceProfileName", "AWS::IAM::InstanceProfile"},
    {"roleArn", "AWS::IAM::Role"},           {"keyId", "AWS::KMS::Key"},
    {"functionName", "AWS::Lambda::Function"}, {"tableName", "AWS::DynamoDB::Table"},
    {"instanceId", "AWS::EC2::Instance"},    {"groupId", "AWS::EC2::SecurityGroup"},
    {"vpcId", "AWS::EC2::VPC"},              {"subnetId", "AWS::EC2::Subnet"},
    {"volumeId", "AWS::EC2::Volume"},        {"snapshotId", "AWS::EC2::Snapshot"},
    {"dBInstanceIdentifier", "AWS::RDS::DBInstance"}, {"stackName", "AWS::CloudFormation::Stack"},
    {"clusterName", "AWS::EKS::Cluster"},    {"secretId", "AWS::SecretsManager::Secret"},
    {"topicArn", "AWS::SNS::Topic"},         {"queueUrl", "AWS::SQS::Queue"},
    {"logGroupName", "AWS::Logs::LogGroup"}, {"trailName", "AWS::CloudTrail::Trail"},
};

cairn_json_value text(std::string_view view) { return {view.data(), view.size(), CAIRN_JSON_STRING}; }

cairn_json_value shown(dom::element element) {
    switch (element.type()) {
        case dom::element_type::STRING: return text(element.get_string().value_unsafe());
        case dom::element_type::BOOL:
            return {nullptr, 0, element.get_bool().value_unsafe() ? CAIRN_JSON_TRUE : CAIRN_JSON_FALSE};
        default: return {nullptr, 0, CAIRN_JSON_ABSENT};
    }
}

cairn_json_value member(dom::element element, std::string_view name) {
    dom::element found;
    if (element.is_object() && !element.get_object().value_unsafe().at_key(name).get(found)) return shown(found);
    return {nullptr, 0, CAIRN_JSON_ABSENT};
}

// The same for a member that must be a text and not empty.
bool name(dom::element element, std::string_view key, cairn_json_value *value) {
    *value = member(element, key);
    return value->kind == CAIRN_JSON_STRING && value->length > 0;
}

void identity(dom::element element, cairn_json_lookup *lookup) {
    lookup->fields[CAIRN_LOOKUP_IDENTITY_TYPE] = member(element, "type");
    lookup->fields[CAIRN_LOOKUP_USER_NAME] = member(element, "userName");
    lookup->fields[CAIRN_LOOKUP_PRINCIPAL_ID] = member(element, "principalId");
    lookup->fields[CAIRN_LOOKUP_ACCESS_KEY_ID] = member(element, "accessKeyId");
}

void resources(cairn_json_lookup_reader *reader, dom::element element) {
    if (!element.is_array()) return;
    dom::array array = element.get_array().value_unsafe();
    for (auto item : array) {
        if (reader->resources.size() == CAIRN_LOOKUP_RESOURCE_MAX) return;
        cairn_json_value arn;
        if (!name(item, "ARN", &arn) && !name(item, "ARNPrefix", &arn)) continue;
        reader->resources.push_back({member(item, "type"), arn});
    }
}

void request(cairn_json_lookup_reader *reader, dom::element element) {
    if (!element.is_object()) return;
    for (const auto &parameter : parameters) {
        cairn_json_value value;
        if (reader->resources.size() == CAIRN_LOOKUP_RESOURCE_MAX) return;
        if (name(element, parameter.name, &value)) reader->resources.push_back({text(parameter.type), value});
    }
}

}  // namespace

cairn_json_lookup_reader *cairn_json_lookup_reader_create(void) { return new (std::nothrow) cairn_json_lookup_reader(); }

void cairn_json_lookup_reader_destroy(cairn_json_lookup_reader *reader) { delete reader; }

cairn_json_status cairn_json_look_up(cairn_json_lookup_reader *reader, const uint8_t *bytes, size_t length,
                                     cairn_json_lookup *lookup) {
    memset(lookup, 0, sizeof *lookup);
    try {
        if (length > reader->capacity) {
            size_t wanted = std::max<size_t>(length, 16 << 10);
            if (reader->parser.allocate(wanted, CAIRN_JSON_DEPTH_MAX)) return CAIRN_JSON_NO_MEMORY;
            reader->capacity = wanted;
        }
        reader->resources.clear();
        dom::element root;
        if (reader->parser.parse(bytes, length, false).get(root) || !root.is_object()) return CAIRN_JSON_GRAMMAR;
        dom::object object = root.get_object().value_unsafe();
        for (auto field : object) {
            std::string_view key = field.key;
            if (key == "eventID") lookup->fields[CAIRN_LOOKUP_EVENT_ID] = shown(field.value);
            else if (key == "eventName") lookup->fields[CAIRN_LOOKUP_EVENT_NAME] = shown(field.value);
            else if (key == "eventSource") lookup->fields[CAIRN_LOOKUP_EVENT_SOURCE] = shown(field.value);
            else if (key == "readOnly") lookup->fields[CAIRN_LOOKUP_READ_ONLY] = shown(field.value);
            else if (key == "userIdentity") identity(field.value, lookup);
            else if (key == "resources") resources(reader, field.value);
            else if (key == "requestParameters") request(reader, field.value);
        }
        lookup->resources = reader->resources.data();
        lookup->resource_count = reader->resources.size();
        return CAIRN_JSON_OK;
    } catch (const std::bad_alloc &) {
        return CAIRN_JSON_NO_MEMORY;
    }
}
