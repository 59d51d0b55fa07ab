#pragma once
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

enum { cairn_isal_level_1_buffer = ISAL_DEF_LVL1_DEFAULT };
