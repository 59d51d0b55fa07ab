#pragma once
// Parts of the C library that Swift's own module of it leaves out.
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/timex.h>

// prctl is variadic, which Swift cannot call.
static inline int cairn_forbid_dumps(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
