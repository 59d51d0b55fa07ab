// Looks over the records of a log file.
#include <simdjson.h>

#include <algorithm>
#include <new>
#include <string_view>

#include "cairn_json.h"

namespace od = simdjson::ondemand;

struct cairn_json_surveyor {
    od::parser parser;
};

namespace {

// Whether a member's value is a text other than `wanted`.
bool differs(od::value value, std::string_view wanted) {
    od::raw_json_string text;
    if (value.get_raw_json_string().get(text)) return false;
    return !text.unsafe_is_equal(wanted);
}

bool is(od::value value, std::string_view wanted) {
    od::raw_json_string text;
    return !value.get_raw_json_string().get(text) && text.unsafe_is_equal(wanted);
}

bool isTurn(od::value value) {
    od::raw_json_string text;
    if (value.get_raw_json_string().get(text)) return false;
    return text.unsafe_is_equal("StopLogging") || text.unsafe_is_equal("StartLogging") ||
        text.unsafe_is_equal("DeleteTrail") || text.unsafe_is_equal("UpdateTrail");
}

simdjson::error_code look(od::parser &parser, const uint8_t *bytes, size_t length, std::string_view account,
                          std::string_view region, cairn_json_survey &survey) {
    od::document document;
    simdjson::padded_string_view text(bytes, length, length + CAIRN_JSON_PADDING);
    if (auto error = parser.iterate(text).get(document)) return error;
    od::object root;
    if (auto error = document.get_object().get(root)) return error;
    size_t members = 0;
    for (auto member : root) {
        od::raw_json_string name;
        if (auto error = member.key().get(name)) return error;
        if (members++ > 0 || !name.unsafe_is_equal("Records")) return simdjson::INCORRECT_TYPE;
        od::array records;
        if (auto error = member.value().get_array().get(records)) return error;
        for (auto element : records) {
            od::object record;
            if (auto error = element.get_object().get(record)) return error;
            bool foreign = false, turn = false, trail = false;
            for (auto field : record) {
                od::raw_json_string key;
                if (auto error = field.key().get(key)) return error;
                od::value value;
                if (auto error = field.value().get(value)) return error;
                switch (key.raw()[0]) {
                    case 'r':
                        if (key.unsafe_is_equal("recipientAccountId")) foreign |= differs(value, account);
                        break;
                    case 'a':
                        if (key.unsafe_is_equal("awsRegion")) foreign |= differs(value, region);
                        break;
                    case 'e':
                        if (key.unsafe_is_equal("eventName")) turn = isTurn(value);
                        else if (key.unsafe_is_equal("eventSource")) trail = is(value, "cloudtrail.amazonaws.com");
                        break;
                }
            }
            if (foreign && survey.foreign++ == 0) survey.first_foreign = survey.count;
            if (turn && trail) survey.turns++;
            survey.count++;
        }
    }
    if (members != 1) return simdjson::INCORRECT_TYPE;
    const bool isAtEnd = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
    return isAtEnd ? simdjson::SUCCESS : simdjson::INCORRECT_TYPE;
}

}  // namespace

cairn_json_surveyor *cairn_json_surveyor_create(void) { return new (std::nothrow) cairn_json_surveyor(); }

void cairn_json_surveyor_destroy(cairn_json_surveyor *surveyor) { delete surveyor; }

cairn_json_status cairn_json_survey_records(cairn_json_surveyor *surveyor, const uint8_t *bytes, size_t length,
                                            const char *account, size_t account_length, const char *region,
                                            size_t region_length, cairn_json_survey *survey) {
    *survey = {};
    auto error = look(surveyor->parser, bytes, length, {account, account_length}, {region, region_length}, *survey);
    return error ? CAIRN_JSON_GRAMMAR : CAIRN_JSON_OK;
}
