#pragma once
// The C library's allocator, which Swift's own module of the C library leaves out.
#include <malloc.h>
