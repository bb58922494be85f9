/* A program for the test of the stubs: uses what newer versions of glibc have changed. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

__attribute__((constructor)) static void early(void) { puts("before main"); }

static void *body(void *unused) { return "thread"; }

int main(int count, char **words) {
  struct stat about;
  pthread_t thread;
  void *result;
  volatile double three = 3.0;
  if (stat(words[0], &about) != 0 || pthread_create(&thread, NULL, body, NULL) != 0) return 1;
  if (pthread_join(thread, &result) != 0) return 2;
  printf("%g %s %s\n", hypot(three, count * 4.0), S_ISREG(about.st_mode) ? "file" : "other", (char *)result);
  return 0;
}
