// LD_PRELOAD counter: what a thread calls between rtcheck_enter() and rtcheck_leave() that an audio thread must not.
// Counts malloc, calloc, realloc, aligned allocations; free; futex (through syscall() and through pthread's mutexes
// and semaphores; waiting for a condition takes a mutex); write, writev. RTCHECK_TRAP=1 aborts at the first, for a debugger.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

struct counts { unsigned long long allocations, frees, futexes, writes; };
static _Atomic unsigned long long allocations, frees, futexes, writes;
static __thread int inside __attribute__((tls_model("initial-exec")));

void rtcheck_enter(void) { inside = 1; }
void rtcheck_leave(void) { inside = 0; }
void rtcheck_counts(struct counts *c) { c->allocations = allocations; c->frees = frees; c->futexes = futexes; c->writes = writes; }

static void hit(_Atomic unsigned long long *counter) {
  if (!inside) return;
  atomic_fetch_add(counter, 1);
  const char *trap = getenv("RTCHECK_TRAP");
  if (trap && *trap == '1') abort();
}

// glibc's own names: no dlsym is needed for the allocator, which dlsym itself uses.
extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t), *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);
void *malloc(size_t n) { hit(&allocations); return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { hit(&allocations); return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { hit(&allocations); return __libc_realloc(p, n); }
void *memalign(size_t a, size_t n) { hit(&allocations); return __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { hit(&allocations); return __libc_memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n) { hit(&allocations); *p = __libc_memalign(a, n); return *p ? 0 : 12; }
void free(void *p) { if (p) hit(&frees); __libc_free(p); }

#define REAL(name) ({ static void *real; if (!real) { int was = inside; inside = 0; real = dlsym(RTLD_NEXT, #name); inside = was; } (__typeof__(&name))real; })
ssize_t write(int fd, const void *b, size_t n) { hit(&writes); return REAL(write)(fd, b, n); }
ssize_t writev(int fd, const struct iovec *v, int n) { hit(&writes); return REAL(writev)(fd, v, n); }
int pthread_mutex_lock(pthread_mutex_t *m) { hit(&futexes); return REAL(pthread_mutex_lock)(m); }
int sem_post(sem_t *s) { hit(&futexes); return REAL(sem_post)(s); }
int sem_wait(sem_t *s) { hit(&futexes); return REAL(sem_wait)(s); }
long syscall(long number, ...) {
  va_list a; va_start(a, number);
  long x[6]; for (int i = 0; i < 6; i++) x[i] = va_arg(a, long);
  va_end(a);
  if (number == SYS_futex) hit(&futexes);
  if (number == SYS_write || number == SYS_writev) hit(&writes);
  return REAL(syscall)(number, x[0], x[1], x[2], x[3], x[4], x[5]);
}
