/* What each program has of its own where glibc is older than 2.34, and what newer ones have in libc. It is
   linked into the program together with the stub libraries, see stubs.rs. */

#include <stddef.h>
#include <sys/types.h>

#define OURS __attribute__((visibility("hidden")))

/* Before 2.34, code that runs before `main` was run by a function of the program that is handed to libc.
   The start files of a newer system hand over none, because the newer libc finds that code itself. */

typedef void start_function(int, char **, char **);

extern void _init(void);
extern start_function *__init_array_start[] OURS;
extern start_function *__init_array_end[] OURS;

static void before_main(int count, char **words, char **environment) {
  _init();
  size_t length = (size_t)(__init_array_end - __init_array_start);
  for (size_t i = 0; i < length; i++) {
    __init_array_start[i](count, words, environment);
  }
}

extern int __real___libc_start_main(int (*)(int, char **, char **), int, char **, start_function *,
                                    void (*)(void), void (*)(void), void *);

OURS int __wrap___libc_start_main(int (*entry)(int, char **, char **), int count, char **words,
                                  start_function *init, void (*fini)(void), void (*loader_fini)(void),
                                  void *stack_end) {
  return __real___libc_start_main(entry, count, words, init ? init : before_main, fini, loader_fini, stack_end);
}

/* Before 2.33, these were functions of the program, which say by a number how their structures look. */

#if defined(__x86_64__)
#define LAYOUT 1
#else
#define LAYOUT 0
#endif

extern int __xstat(int, const char *, void *);
extern int __fxstat(int, int, void *);
extern int __lxstat(int, const char *, void *);
extern int __fxstatat(int, int, const char *, void *, int);
extern int __xstat64(int, const char *, void *);
extern int __fxstat64(int, int, void *);
extern int __lxstat64(int, const char *, void *);
extern int __fxstatat64(int, int, const char *, void *, int);
extern int __xmknod(int, const char *, mode_t, dev_t *);
extern int __xmknodat(int, int, const char *, mode_t, dev_t *);

OURS int stat(const char *path, void *out) { return __xstat(LAYOUT, path, out); }
OURS int fstat(int file, void *out) { return __fxstat(LAYOUT, file, out); }
OURS int lstat(const char *path, void *out) { return __lxstat(LAYOUT, path, out); }
OURS int fstatat(int folder, const char *path, void *out, int flags) {
  return __fxstatat(LAYOUT, folder, path, out, flags);
}
OURS int stat64(const char *path, void *out) { return __xstat64(LAYOUT, path, out); }
OURS int fstat64(int file, void *out) { return __fxstat64(LAYOUT, file, out); }
OURS int lstat64(const char *path, void *out) { return __lxstat64(LAYOUT, path, out); }
OURS int fstatat64(int folder, const char *path, void *out, int flags) {
  return __fxstatat64(LAYOUT, folder, path, out, flags);
}
OURS int mknod(const char *path, mode_t mode, dev_t device) { return __xmknod(0, path, mode, &device); }
OURS int mknodat(int folder, const char *path, mode_t mode, dev_t device) {
  return __xmknodat(0, folder, path, mode, &device);
}
