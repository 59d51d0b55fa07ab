// The grammar of RFC 8259 and nothing else: slow, exact, and the source of every error message.
//
// simdjson is stricter than the grammar in three places (integers beyond 64 bits, floats beyond double, lone surrogate
// escapes). This reader decides those: it accepts what the grammar accepts, and writes into a copy of the same length a
// stand-in for each such value, so that simdjson can read the rest of the event.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "cairn_json.h"

namespace cairn {

struct Grammar {
    const uint8_t *bytes;
    size_t length;
    std::vector<uint8_t> *copy;  // where stand-ins are written, or null
    size_t at = 0;
    cairn_json_status status = CAIRN_JSON_OK;
    const char *reason = "";

    bool fail(cairn_json_status what, const char *why) {
        status = what;
        reason = why;
        return false;
    }

    void space() {
        while (at < length && (bytes[at] == ' ' || bytes[at] == '\t' || bytes[at] == '\n' || bytes[at] == '\r')) at++;
    }

    bool digits() {
        size_t first = at;
        while (at < length && bytes[at] >= '0' && bytes[at] <= '9') at++;
        return at > first;
    }

    bool number() {
        size_t first = at;
        if (bytes[at] == '-') at++;
        if (at >= length) return fail(CAIRN_JSON_GRAMMAR, "a number ends too early");
        size_t whole = at;
        if (!digits()) return fail(CAIRN_JSON_GRAMMAR, "a number needs a digit here");
        if (bytes[whole] == '0' && at > whole + 1) {
            at = whole + 1;
            return fail(CAIRN_JSON_GRAMMAR, "a number may not begin with 0");
        }
        bool extreme = at - whole > 18;
        if (at < length && bytes[at] == '.') {
            at++;
            if (!digits()) return fail(CAIRN_JSON_GRAMMAR, "a fraction needs a digit here");
        }
        if (at < length && (bytes[at] == 'e' || bytes[at] == 'E')) {
            at++;
            if (at < length && (bytes[at] == '+' || bytes[at] == '-')) at++;
            if (!digits()) return fail(CAIRN_JSON_GRAMMAR, "an exponent needs a digit here");
            extreme = true;  // no routing field is a number, so standing in for one too many does no harm
        }
        if (copy && extreme) {
            (*copy)[first] = '0';
            for (size_t i = first + 1; i < at; i++) (*copy)[i] = ' ';
        }
        return true;
    }

    static int hex(uint8_t c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    }

    // The four hex digits of a \u escape whose first digit is at `from`, or -1.
    int unit(size_t from) const {
        if (from + 4 > length) return -1;
        int value = 0;
        for (size_t i = from; i < from + 4; i++) {
            int digit = hex(bytes[i]);
            if (digit < 0) return -1;
            value = value * 16 + digit;
        }
        return value;
    }

    void standIn(size_t escape) {
        if (!copy) return;
        const char replacement[] = "\\ufffd";
        for (size_t i = 0; i < 6; i++) (*copy)[escape + i] = uint8_t(replacement[i]);
    }

    // One UTF-8 sequence beyond ASCII (RFC 3629: shortest form, no surrogates, up to U+10FFFF).
    bool sequence() {
        uint8_t lead = bytes[at];
        size_t more = lead >= 0xC2 && lead <= 0xDF ? 1 : lead >= 0xE0 && lead <= 0xEF ? 2 : lead >= 0xF0 && lead <= 0xF4 ? 3 : 0;
        if (more == 0 || at + more >= length) return fail(CAIRN_JSON_UTF8, "not UTF-8");
        uint8_t low = 0x80, high = 0xBF;
        if (lead == 0xE0) low = 0xA0;
        if (lead == 0xED) high = 0x9F;
        if (lead == 0xF0) low = 0x90;
        if (lead == 0xF4) high = 0x8F;
        for (size_t i = 1; i <= more; i++) {
            uint8_t next = bytes[at + i];
            if (next < low || next > high) return fail(CAIRN_JSON_UTF8, "not UTF-8");
            low = 0x80;
            high = 0xBF;
        }
        at += more + 1;
        return true;
    }

    bool string(bool isName) {
        at++;
        while (at < length) {
            uint8_t c = bytes[at];
            if (c == '"') {
                at++;
                return true;
            }
            if (c < 0x20) return fail(CAIRN_JSON_GRAMMAR, "a control byte stands unescaped in a string");
            if (c >= 0x80) {
                if (!sequence()) return false;
            } else if (c != '\\') {
                at++;
            } else {
                if (at + 1 >= length) return fail(CAIRN_JSON_GRAMMAR, "a string ends too early");
                uint8_t kind = bytes[at + 1];
                if (kind == 'u') {
                    int first = unit(at + 2);
                    if (first < 0) return fail(CAIRN_JSON_GRAMMAR, "\\u needs four hex digits");
                    bool leads = first >= 0xD800 && first <= 0xDBFF, trails = first >= 0xDC00 && first <= 0xDFFF;
                    int second = leads && at + 7 < length && bytes[at + 6] == '\\' && bytes[at + 7] == 'u' ? unit(at + 8) : -1;
                    if (leads && second >= 0xDC00 && second <= 0xDFFF) {
                        at += 12;
                    } else {
                        if (leads || trails) {
                            if (isName) return fail(CAIRN_JSON_SURROGATE_IN_NAME, "a lone surrogate in a name");
                            standIn(at);
                        }
                        at += 6;
                    }
                } else if (kind == '"' || kind == '\\' || kind == '/' || kind == 'b' || kind == 'f' || kind == 'n' ||
                           kind == 'r' || kind == 't') {
                    at += 2;
                } else {
                    return fail(CAIRN_JSON_GRAMMAR, "no such escape");
                }
            }
        }
        return fail(CAIRN_JSON_GRAMMAR, "a string is not closed");
    }

    bool word(const char *text) {
        for (size_t i = 0; text[i]; i++, at++)
            if (at >= length || bytes[at] != uint8_t(text[i])) return fail(CAIRN_JSON_GRAMMAR, "no JSON value begins so");
        return true;
    }

    bool name() {
        if (at >= length) return fail(CAIRN_JSON_GRAMMAR, "an object is not closed");
        if (bytes[at] != '"') return fail(CAIRN_JSON_GRAMMAR, "a name in double quotes is expected");
        if (!string(true)) return false;
        space();
        if (at >= length || bytes[at] != ':') return fail(CAIRN_JSON_GRAMMAR, "a colon is expected");
        at++;
        space();
        return true;
    }

    // The whole text. Depth is counted, not recursed: a hostile text must not choose our stack.
    bool text() {
        std::vector<uint8_t> open;
        space();
        if (at >= length) return fail(CAIRN_JSON_EMPTY, "nothing here");
        for (;;) {
            // A value begins at `at`.
            if (at >= length) return fail(CAIRN_JSON_GRAMMAR, "a value is missing");
            uint8_t c = bytes[at];
            bool opened = false;
            if (c == '{' || c == '[') {
                if (open.size() >= CAIRN_JSON_DEPTH_MAX) return fail(CAIRN_JSON_TOO_DEEP, "nested too deep");
                open.push_back(c);
                at++;
                space();
                if (at < length && bytes[at] == (c == '{' ? '}' : ']')) {
                    at++;
                    open.pop_back();
                } else {
                    if (c == '{' && !name()) return false;
                    opened = true;
                }
            } else if (c == '"') {
                if (!string(false)) return false;
            } else if (c == '-' || (c >= '0' && c <= '9')) {
                if (!number()) return false;
            } else if (!word(c == 't' ? "true" : c == 'f' ? "false" : "null")) {
                return false;
            }
            if (opened) continue;
            // A value has ended: close what closes, go on where a comma says so.
            for (;;) {
                space();
                if (open.empty()) {
                    if (at < length) return fail(CAIRN_JSON_GRAMMAR, "something follows the end of the value");
                    return true;
                }
                if (at >= length) return fail(CAIRN_JSON_GRAMMAR, "an object or array is not closed");
                if (bytes[at] == ',') {
                    at++;
                    space();
                    if (open.back() == '{' && !name()) return false;
                    break;
                }
                if (bytes[at] != (open.back() == '{' ? '}' : ']'))
                    return fail(CAIRN_JSON_GRAMMAR, "a comma or a closing bracket is expected");
                at++;
                open.pop_back();
            }
        }
    }
};

}  // namespace cairn
