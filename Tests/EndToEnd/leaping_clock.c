/* Preloaded: moves the wall clock by the seconds that the file in LEAPING_CLOCK says; other clocks are left alone. Says that a
   time service keeps the clock if LEAPING_CLOCK_KEPT is set, and that none does if not. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    const char *path = getenv("LEAPING_CLOCK");
    if (result == 0 && clock == CLOCK_REALTIME && path) {
        char text[32] = {0};
        int file = open(path, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            if (read(file, text, sizeof text - 1) > 0) time->tv_sec += atol(text);
            close(file);
        }
    }
    return result;
}

int adjtimex(struct timex *kernel) { return getenv("LEAPING_CLOCK_KEPT") ? TIME_OK : TIME_ERROR; }
