#ifndef CAIRN_FUZZER_SHIM_H
#define CAIRN_FUZZER_SHIM_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer's own loop: there only in what was linked with -sanitize=fuzzer. */
extern int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *bytes, size_t count)) __attribute__((weak));

static inline int cairn_has_fuzzer(void) { return LLVMFuzzerRunDriver != 0; }

static inline int cairn_fuzz(int argc, char **argv, int (*one)(const uint8_t *bytes, size_t count)) {
    return LLVMFuzzerRunDriver(&argc, &argv, one);
}

#endif
