// One audit event at a time: is it JSON by RFC 8259, and what do its routing fields say?
//
// The bytes behind an event may hold anything but must be readable for CAIRN_JSON_PADDING more bytes.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CAIRN_JSON_PADDING = 64, CAIRN_JSON_DEPTH_MAX = 100 };

typedef enum {
    CAIRN_JSON_ABSENT = 0,
    CAIRN_JSON_STRING,
    CAIRN_JSON_TRUE,
    CAIRN_JSON_FALSE,
    CAIRN_JSON_NULL,
    CAIRN_JSON_NUMBER,
    CAIRN_JSON_OBJECT,
    CAIRN_JSON_ARRAY
} cairn_json_kind;

// A value; `bytes` and `length` only for strings (unescaped UTF-8), valid until the reader reads again.
typedef struct {
    const char *bytes;
    size_t length;
    cairn_json_kind kind;
} cairn_json_value;

// The order of `fields` in cairn_json_event.
typedef enum {
    CAIRN_EVENT_VERSION = 0,
    CAIRN_EVENT_TIME,
    CAIRN_EVENT_SOURCE,
    CAIRN_EVENT_NAME,
    CAIRN_AWS_REGION,
    CAIRN_EVENT_ID,
    CAIRN_EVENT_TYPE,
    CAIRN_EVENT_CATEGORY,
    CAIRN_RECIPIENT_ACCOUNT_ID,
    CAIRN_MANAGEMENT_EVENT,
    CAIRN_READ_ONLY,
    CAIRN_ERROR_CODE,
    CAIRN_VPC_ENDPOINT_ID,
    CAIRN_SESSION_CREDENTIAL_FROM_CONSOLE,
    CAIRN_USER_IDENTITY,
    CAIRN_RESOURCES,
    CAIRN_ADDITIONAL_EVENT_DATA,
    CAIRN_TLS_DETAILS,
    CAIRN_USER_IDENTITY_ACCOUNT_ID,
    CAIRN_USER_IDENTITY_ARN,
    CAIRN_ENDPOINT_TYPE,
    CAIRN_HOST_HEADER,
    CAIRN_FIELD_COUNT
} cairn_json_field;

typedef struct {
    cairn_json_value type;
    cairn_json_value arn;
} cairn_json_resource;

typedef struct {
    cairn_json_value fields[CAIRN_FIELD_COUNT];
    const cairn_json_resource *resources;
    size_t resource_count;
    size_t member_count;  // members of the root object
} cairn_json_event;

typedef enum {
    CAIRN_JSON_OK = 0,
    CAIRN_JSON_EMPTY,              // nothing but white space
    CAIRN_JSON_GRAMMAR,            // not JSON; `offset` says where, `reason` what
    CAIRN_JSON_UTF8,               // not UTF-8 at `offset`
    CAIRN_JSON_TOO_DEEP,           // nested deeper than CAIRN_JSON_DEPTH_MAX at `offset`
    CAIRN_JSON_NOT_OBJECT,         // JSON, but the root is no object
    CAIRN_JSON_REPEATED_NAME,      // `name` stands twice in one object
    CAIRN_JSON_SURROGATE_IN_NAME,  // a lone surrogate in a name at `offset`
    CAIRN_JSON_NO_MEMORY
} cairn_json_status;

typedef struct {
    size_t offset;
    const char *reason;  // static text
    const char *name;    // valid until the reader reads again
    size_t name_length;
} cairn_json_problem;

typedef struct cairn_json_reader cairn_json_reader;

cairn_json_reader *cairn_json_reader_create(void);
void cairn_json_reader_destroy(cairn_json_reader *reader);

// Reads one event. On success `event` is filled; otherwise `problem`.
cairn_json_status cairn_json_read(cairn_json_reader *reader, const uint8_t *bytes, size_t length,
                                  cairn_json_event *event, cairn_json_problem *problem);

// Is this JSON at all, whatever its root? The grammar of RFC 8259, the depth limit, UTF-8.
cairn_json_status cairn_json_check(cairn_json_reader *reader, const uint8_t *bytes, size_t length,
                                   cairn_json_problem *problem);

// Looks over the records of a log file, {"Records":[…]}, without reading what nobody asks for.

typedef struct cairn_json_surveyor cairn_json_surveyor;

typedef struct {
    size_t count;          // records
    size_t foreign;        // of them, those whose account or Region is another
    size_t first_foreign;  // the index of the first one
    size_t turns;          // events by which logging may have been stopped or started
} cairn_json_survey;

cairn_json_surveyor *cairn_json_surveyor_create(void);
void cairn_json_surveyor_destroy(cairn_json_surveyor *surveyor);

// `account` and `region` are what the records must say, where they say anything. CAIRN_JSON_OK, or CAIRN_JSON_GRAMMAR when
// the bytes are not one object with `Records` and nothing else.
cairn_json_status cairn_json_survey_records(cairn_json_surveyor *surveyor, const uint8_t *bytes, size_t length,
                                            const char *account, size_t account_length, const char *region,
                                            size_t region_length, cairn_json_survey *survey);

// What event history looks events up by.

enum {
    CAIRN_LOOKUP_EVENT_ID,
    CAIRN_LOOKUP_EVENT_NAME,
    CAIRN_LOOKUP_EVENT_SOURCE,
    CAIRN_LOOKUP_READ_ONLY,
    CAIRN_LOOKUP_IDENTITY_TYPE,
    CAIRN_LOOKUP_USER_NAME,
    CAIRN_LOOKUP_PRINCIPAL_ID,
    CAIRN_LOOKUP_ACCESS_KEY_ID,
    CAIRN_LOOKUP_FIELD_COUNT
};

// The most resources of one event.
#define CAIRN_LOOKUP_RESOURCE_MAX 64

typedef struct {
    cairn_json_value fields[CAIRN_LOOKUP_FIELD_COUNT];
    const cairn_json_resource *resources;  // of `resources`, then those that requestParameters name
    size_t resource_count;
} cairn_json_lookup;

typedef struct cairn_json_lookup_reader cairn_json_lookup_reader;

cairn_json_lookup_reader *cairn_json_lookup_reader_create(void);
void cairn_json_lookup_reader_destroy(cairn_json_lookup_reader *reader);

// Reads one event that was accepted before. Valid until the reader reads again.
cairn_json_status cairn_json_look_up(cairn_json_lookup_reader *reader, const uint8_t *bytes, size_t length,
                                     cairn_json_lookup *lookup);

#ifdef __cplusplus
}
#endif
