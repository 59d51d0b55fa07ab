#include "cairn_json.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "grammar.hpp"

static_assert(simdjson::SIMDJSON_PADDING <= CAIRN_JSON_PADDING, "simdjson reads further than callers promise");

namespace dom = simdjson::dom;

struct cairn_json_reader {
    dom::parser parser;
    dom::parser second;  // reads what the grammar accepted and the first refused
    std::vector<cairn_json_resource> resources;
    std::vector<std::string_view> names;
    std::vector<uint8_t> copy;
    size_t capacity = 0, secondCapacity = 0;
    std::string_view repeated;

    // With a limit of n simdjson takes n - 1 levels and an empty object or array in the last: never more than n. The
    // second parser needs one more, so that the n-th level may hold something; the grammar has counted before it.
    bool allocate(size_t length) { return allocate(parser, capacity, length, CAIRN_JSON_DEPTH_MAX); }
    bool allocateSecond(size_t length) { return allocate(second, secondCapacity, length, CAIRN_JSON_DEPTH_MAX + 1); }

    static bool allocate(dom::parser &parser, size_t &capacity, size_t length, size_t depth) {
        if (length <= capacity) return true;
        size_t wanted = std::max<size_t>(length, 16 << 10);
        if (parser.allocate(wanted, depth)) return false;
        capacity = wanted;
        return true;
    }
};

namespace {

struct Known {
    std::string_view name;
    cairn_json_field field;
};

const Known known[] = {
    {"eventVersion", CAIRN_EVENT_VERSION},
    {"userIdentity", CAIRN_USER_IDENTITY},
    {"eventTime", CAIRN_EVENT_TIME},
    {"eventSource", CAIRN_EVENT_SOURCE},
    {"eventName", CAIRN_EVENT_NAME},
    {"awsRegion", CAIRN_AWS_REGION},
    {"eventID", CAIRN_EVENT_ID},
    {"eventType", CAIRN_EVENT_TYPE},
    {"eventCategory", CAIRN_EVENT_CATEGORY},
    {"recipientAccountId", CAIRN_RECIPIENT_ACCOUNT_ID},
    {"managementEvent", CAIRN_MANAGEMENT_EVENT},
    {"readOnly", CAIRN_READ_ONLY},
    {"errorCode", CAIRN_ERROR_CODE},
    {"vpcEndpointId", CAIRN_VPC_ENDPOINT_ID},
    {"sessionCredentialFromConsole", CAIRN_SESSION_CREDENTIAL_FROM_CONSOLE},
    {"resources", CAIRN_RESOURCES},
    {"additionalEventData", CAIRN_ADDITIONAL_EVENT_DATA},
    {"tlsDetails", CAIRN_TLS_DETAILS},
};

// The known names by their lengths: most members of an event are told apart by that alone.
struct KnownBySize {
    static constexpr size_t sizeMax = 32;
    const Known *begin[sizeMax + 1] = {};
    const Known *end[sizeMax + 1] = {};
    Known sorted[std::size(known)];

    KnownBySize() {
        std::copy(std::begin(known), std::end(known), sorted);
        std::sort(std::begin(sorted), std::end(sorted),
                  [](const Known &a, const Known &b) { return a.name.size() < b.name.size(); });
        for (const auto &k : sorted) {
            if (!begin[k.name.size()]) begin[k.name.size()] = &k;
            end[k.name.size()] = &k + 1;
        }
    }

    const Known *find(std::string_view name) const {
        if (name.size() > sizeMax) return nullptr;
        for (const Known *k = begin[name.size()]; k != end[name.size()]; k++)
            if (memcmp(k->name.data(), name.data(), name.size()) == 0) return k;
        return nullptr;
    }
};

const KnownBySize knownBySize;

cairn_json_value shown(dom::element element) {
    cairn_json_value value = {nullptr, 0, CAIRN_JSON_NULL};
    switch (element.type()) {
        case dom::element_type::STRING: {
            std::string_view text = element.get_string().value_unsafe();
            value = {text.data(), text.size(), CAIRN_JSON_STRING};
            break;
        }
        case dom::element_type::BOOL:
            value.kind = element.get_bool().value_unsafe() ? CAIRN_JSON_TRUE : CAIRN_JSON_FALSE;
            break;
        case dom::element_type::NULL_VALUE: value.kind = CAIRN_JSON_NULL; break;
        case dom::element_type::OBJECT: value.kind = CAIRN_JSON_OBJECT; break;
        case dom::element_type::ARRAY: value.kind = CAIRN_JSON_ARRAY; break;
        default: value.kind = CAIRN_JSON_NUMBER;
    }
    return value;
}

uint64_t letterBit(std::string_view name) {
    if (name.empty()) return 1;
    auto letter = [&](size_t i) { return static_cast<unsigned char>(name[i]); };
    return uint64_t(1) << ((name.size() * 7 + letter(0) * 3 + letter(name.size() - 1) * 5 + letter(name.size() / 2) * 11) & 63);
}

// No name twice. Quadratic only up to a small count, so that a hostile event cannot choose our time.
bool namesDiffer(cairn_json_reader *reader, size_t first) {
    auto &names = reader->names;
    size_t count = names.size() - first;
    if (count <= 40) {
        // One bit for each name, by its length and a few letters: only names that share one need be compared.
        uint64_t seen = 0;
        for (size_t i = first; i < names.size(); i++) {
            uint64_t bit = letterBit(names[i]);
            if (seen & bit)
                for (size_t j = first; j < i; j++)
                    if (names[i].size() == names[j].size() && names[i] == names[j]) {
                        reader->repeated = names[i];
                        return false;
                    }
            seen |= bit;
        }
        return true;
    }
    std::sort(names.begin() + ptrdiff_t(first), names.end());
    auto twice = std::adjacent_find(names.begin() + ptrdiff_t(first), names.end());
    if (twice == names.end()) return true;
    reader->repeated = *twice;
    return false;
}

// The same in a whole subtree. The depth is bounded by the parser's.
bool namesDifferBelow(cairn_json_reader *reader, dom::element element) {
    if (element.is_object()) {
        dom::object object = element.get_object().value_unsafe();
        size_t first = reader->names.size();
        for (auto member : object) reader->names.push_back(member.key);
        bool differ = namesDiffer(reader, first);
        reader->names.resize(first);
        if (!differ) return false;
        for (auto member : object)
            if (!namesDifferBelow(reader, member.value)) return false;
    } else if (element.is_array()) {
        dom::array array = element.get_array().value_unsafe();
        for (auto item : array)
            if (!namesDifferBelow(reader, item)) return false;
    }
    return true;
}

cairn_json_value member(dom::element element, std::string_view name) {
    dom::element found;
    if (element.is_object() && !element.get_object().value_unsafe().at_key(name).get(found)) return shown(found);
    return {nullptr, 0, CAIRN_JSON_ABSENT};
}

cairn_json_status repeatedName(cairn_json_reader *reader, cairn_json_problem *problem) {
    problem->name = reader->repeated.data();
    problem->name_length = reader->repeated.size();
    return CAIRN_JSON_REPEATED_NAME;
}

cairn_json_status gather(cairn_json_reader *reader, dom::element root, cairn_json_event *event,
                         cairn_json_problem *problem) {
    if (!root.is_object()) return CAIRN_JSON_NOT_OBJECT;
    reader->names.clear();
    reader->resources.clear();
    dom::object object = root.get_object().value_unsafe();
    for (auto member : object) {
        reader->names.push_back(member.key);
        if (const Known *k = knownBySize.find(member.key)) event->fields[k->field] = shown(member.value);
    }
    event->member_count = reader->names.size();
    if (!namesDiffer(reader, 0)) return repeatedName(reader, problem);
    // Objects that selectors, routing or event history read.
    const cairn_json_field nested[] = {CAIRN_USER_IDENTITY, CAIRN_RESOURCES, CAIRN_ADDITIONAL_EVENT_DATA, CAIRN_TLS_DETAILS};
    for (auto field : nested) {
        auto kind = event->fields[field].kind;
        if (kind != CAIRN_JSON_OBJECT && kind != CAIRN_JSON_ARRAY) continue;
        std::string_view name = std::find_if(std::begin(known), std::end(known), [&](const Known &k) { return k.field == field; })->name;
        dom::element value = object.at_key(name).value_unsafe();
        if (!namesDifferBelow(reader, value)) return repeatedName(reader, problem);
        switch (field) {
            case CAIRN_USER_IDENTITY:
                event->fields[CAIRN_USER_IDENTITY_ACCOUNT_ID] = member(value, "accountId");
                event->fields[CAIRN_USER_IDENTITY_ARN] = member(value, "arn");
                break;
            case CAIRN_ADDITIONAL_EVENT_DATA: event->fields[CAIRN_ENDPOINT_TYPE] = member(value, "EndpointType"); break;
            case CAIRN_TLS_DETAILS: event->fields[CAIRN_HOST_HEADER] = member(value, "clientProvidedHostHeader"); break;
            default:
                if (kind == CAIRN_JSON_ARRAY) {
                    dom::array resources = value.get_array().value_unsafe();
                    for (auto item : resources) {
                        // Calls on a whole bucket carry ARNPrefix in the place of ARN.
                        auto arn = member(item, "ARN");
                        if (arn.kind == CAIRN_JSON_ABSENT) arn = member(item, "ARNPrefix");
                        reader->resources.push_back({member(item, "type"), arn});
                    }
                }
        }
    }
    event->resources = reader->resources.data();
    event->resource_count = reader->resources.size();
    return CAIRN_JSON_OK;
}

// simdjson 3.2 and newer skip a byte order mark. We cannot: events are written down as they came, one behind another,
// and a mark between them would make the log file no JSON.
bool beginsWithMark(const uint8_t *bytes, size_t length) {
    return length >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF;
}

// simdjson would not have it: ask the grammar why, or for a copy that simdjson can read.
cairn_json_status reconsider(cairn_json_reader *reader, const uint8_t *bytes, size_t length, dom::element *root,
                             cairn_json_problem *problem) {
    reader->copy.assign(bytes, bytes + length);
    cairn::Grammar grammar{bytes, length, &reader->copy};
    if (!grammar.text()) {
        problem->offset = grammar.at;
        problem->reason = grammar.reason;
        return grammar.status;
    }
    reader->copy.resize(length + CAIRN_JSON_PADDING);
    if (!reader->allocateSecond(length)) return CAIRN_JSON_NO_MEMORY;
    auto error = reader->second.parse(reader->copy.data(), length, false).get(*root);
    if (error == simdjson::MEMALLOC) return CAIRN_JSON_NO_MEMORY;
    if (error) {
        problem->reason = simdjson::error_message(error);
        return CAIRN_JSON_GRAMMAR;
    }
    return CAIRN_JSON_OK;
}

}  // namespace

cairn_json_reader *cairn_json_reader_create(void) { return new (std::nothrow) cairn_json_reader(); }

void cairn_json_reader_destroy(cairn_json_reader *reader) { delete reader; }

cairn_json_status cairn_json_read(cairn_json_reader *reader, const uint8_t *bytes, size_t length,
                                  cairn_json_event *event, cairn_json_problem *problem) {
    memset(event, 0, sizeof *event);
    *problem = {0, "", nullptr, 0};
    try {
        if (!reader->allocate(length)) return CAIRN_JSON_NO_MEMORY;
        dom::element root;
        if (beginsWithMark(bytes, length) || reader->parser.parse(bytes, length, false).get(root)) {
            auto status = reconsider(reader, bytes, length, &root, problem);
            if (status != CAIRN_JSON_OK) return status;
        }
        return gather(reader, root, event, problem);
    } catch (const std::bad_alloc &) {
        return CAIRN_JSON_NO_MEMORY;
    }
}

cairn_json_status cairn_json_check(cairn_json_reader *reader, const uint8_t *bytes, size_t length,
                                   cairn_json_problem *problem) {
    *problem = {0, "", nullptr, 0};
    try {
        if (!reader->allocate(length)) return CAIRN_JSON_NO_MEMORY;
        dom::element root;
        if (!beginsWithMark(bytes, length) && !reader->parser.parse(bytes, length, false).get(root)) return CAIRN_JSON_OK;
        return reconsider(reader, bytes, length, &root, problem);
    } catch (const std::bad_alloc &) {
        return CAIRN_JSON_NO_MEMORY;
    }
}
