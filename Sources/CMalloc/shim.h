#pragma once
// The C library's allocator, which Swift's own module of the C library leaves out.
#include <malloc.h>
#include <sys/prctl.h>

// prctl is variadic, which Swift cannot call.
static inline int cairn_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
