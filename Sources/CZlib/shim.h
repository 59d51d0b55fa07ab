#pragma once
#include <zlib.h>

// zlib's initialisers are macros that pass the header's version and the size of the stream; Swift can't see macros.
static inline int cairn_deflate_init_gzip(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}
static inline int cairn_inflate_init_gzip(z_stream *stream) { return inflateInit2(stream, 15 + 16); }
static inline int cairn_inflate_init_raw(z_stream *stream) { return inflateInit2(stream, -15); }
