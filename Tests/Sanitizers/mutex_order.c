// Tells the thread sanitizer what Swift's Mutex orders.
//
// On Linux a Mutex that is taken without waiting is an atomic exchange in our own code, which the sanitizer sees. One that has
// to wait is taken in libswiftSynchronization, which it does not see: everything behind it looks like a race. Loaded before that
// library, this calls it and says what it did.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT_SELF __attribute__((swift_context)) void *
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

// Of the sanitizer's runtime; nowhere in a process without it.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SWIFT_SELF handle) __asm__(LOCK);
__attribute__((swiftcall)) void unlock_slow(SWIFT_SELF handle) __asm__(UNLOCK);

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SWIFT_SELF handle) {
  static __attribute__((swiftcall)) void (*lock)(uint32_t, SWIFT_SELF);
  if (!lock) *(void **)&lock = dlsym(RTLD_NEXT, LOCK);
  lock(thread, handle);
  if (__tsan_acquire) __tsan_acquire(handle);
}

__attribute__((swiftcall)) void unlock_slow(SWIFT_SELF handle) {
  static __attribute__((swiftcall)) void (*unlock)(SWIFT_SELF);
  if (!unlock) *(void **)&unlock = dlsym(RTLD_NEXT, UNLOCK);
  if (__tsan_release) __tsan_release(handle);
  unlock(handle);
}
