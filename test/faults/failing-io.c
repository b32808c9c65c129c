/*
 * Preloaded into the server and the processes it starts, makes calls on files below one folder fail: the n-th one, or
 * all from the n-th one on. What is to fail stands in a small file that these processes and the test have mapped, so that
 * it can be changed while they run. Every call that counted is noted there.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* failing-io.ts knows these numbers and the layout of the control file. */
enum { OPEN = 1, CREATE = 2, WRITE = 4, SYNC = 8, TRUNCATE = 16, RENAME = 32, UNLINK = 64, READ = 128 };
enum { NOTED = 4096, DESCRIPTORS = 65536, PATH_BYTES = 56 };
/* In place of an error number: only half of what is to be written is written. */
enum { HALF = 10000 };

struct call {
  uint32_t kind;
  uint32_t refused;
  char path[PATH_BYTES];
};
struct control {
  uint32_t kinds; /* that count; 0: nothing is armed */
  uint32_t error;
  uint32_t first; /* number of the first call that fails, from 1; 0: they are only counted */
  uint32_t lasting; /* 1: every later one fails too */
  uint32_t counted;
  struct call calls[NOTED];
};

static struct control *control;
static const char *folder;
static size_t folder_length;
/* The file below the folder that was opened under each descriptor, its path relative to the folder. */
static struct opened {
  dev_t device;
  ino_t inode;
  char path[PATH_BYTES];
} opened[DESCRIPTORS];
static char variables[3][512];

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *file = getenv("FAILING_IO_CONTROL");
  folder = getenv("FAILING_IO_FOLDER");
  if (!file || !folder) return;
  folder_length = strlen(folder);
  snprintf(variables[0], sizeof variables[0], "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
  snprintf(variables[1], sizeof variables[1], "FAILING_IO_CONTROL=%s", file);
  snprintf(variables[2], sizeof variables[2], "FAILING_IO_FOLDER=%s", folder);
  int descriptor = REAL(open64)(file, O_RDWR | O_CLOEXEC);
  void *mapped = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (mapped == MAP_FAILED) abort();
  close(descriptor);
  control = mapped;
}

static const char *below(const char *path) {
  if (!folder || strncmp(path, folder, folder_length) != 0) return NULL;
  if (path[folder_length] == '\0') return ".";
  return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

/* Node closes by the system call itself, unseen from here: the number may be that of a socket by now. */
static const char *of(int descriptor) {
  if (descriptor < 0 || descriptor >= DESCRIPTORS || !opened[descriptor].path[0]) return NULL;
  struct stat now;
  struct opened *file = &opened[descriptor];
  if (fstat(descriptor, &now) || now.st_dev != file->device || now.st_ino != file->inode) {
    file->path[0] = '\0';
    return NULL;
  }
  return file->path;
}

static void remember(int descriptor, const char *path) {
  struct stat now;
  if (!path || descriptor < 0 || descriptor >= DESCRIPTORS || fstat(descriptor, &now)) return;
  struct opened *file = &opened[descriptor];
  file->device = now.st_dev;
  file->inode = now.st_ino;
  strncpy(file->path, path, PATH_BYTES - 1);
}

/* Counts a call. Returns the error with which it has to fail, HALF, or 0. */
static int fault(uint32_t kind, const char *path) {
  if (!control || !path || !(__atomic_load_n(&control->kinds, __ATOMIC_SEQ_CST) & kind)) return 0;
  uint32_t number = __atomic_add_fetch(&control->counted, 1, __ATOMIC_SEQ_CST);
  uint32_t first = control->first;
  int refused = first && (number == first || (control->lasting && number > first));
  if (number <= NOTED) {
    struct call *call = &control->calls[number - 1];
    call->kind = kind;
    call->refused = refused;
    strncpy(call->path, path, PATH_BYTES - 1);
  }
  return refused ? (int)control->error : 0;
}

/* Makes the function return an error when the call has to fail. */
#define MAY_FAIL(kind, path)           \
  do {                                 \
    int error = fault((kind), (path)); \
    if (error) {                       \
      errno = error;                   \
      return -1;                       \
    }                                  \
  } while (0)

/* The same for what writes `length` bytes, or parts. */
#define MAY_FAIL_TO_WRITE(path, length)    \
  do {                                     \
    int error = fault(WRITE, (path));      \
    if (error == HALF && (length) > 1) {   \
      (length) /= 2;                       \
    } else if (error && error != HALF) {   \
      errno = error;                       \
      return -1;                           \
    }                                      \
  } while (0)

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  const char *name = below(path);
  MAY_FAIL(flags & O_CREAT ? CREATE : OPEN, name);
  int descriptor = REAL(open64)(path, flags, mode);
  remember(descriptor, name);
  return descriptor;
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
  MAY_FAIL_TO_WRITE(of(descriptor), length);
  return REAL(write)(descriptor, bytes, length);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
  MAY_FAIL_TO_WRITE(of(descriptor), length);
  return REAL(pwrite64)(descriptor, bytes, length, offset);
}

ssize_t writev(int descriptor, const struct iovec *parts, int count) {
  MAY_FAIL_TO_WRITE(of(descriptor), count);
  return REAL(writev)(descriptor, parts, count);
}

ssize_t pwritev64(int descriptor, const struct iovec *parts, int count, off64_t offset) {
  MAY_FAIL_TO_WRITE(of(descriptor), count);
  return REAL(pwritev64)(descriptor, parts, count, offset);
}

ssize_t read(int descriptor, void *bytes, size_t length) {
  MAY_FAIL(READ, of(descriptor));
  return REAL(read)(descriptor, bytes, length);
}

ssize_t pread64(int descriptor, void *bytes, size_t length, off64_t offset) {
  MAY_FAIL(READ, of(descriptor));
  return REAL(pread64)(descriptor, bytes, length, offset);
}

int fsync(int descriptor) {
  MAY_FAIL(SYNC, of(descriptor));
  return REAL(fsync)(descriptor);
}

int fdatasync(int descriptor) {
  MAY_FAIL(SYNC, of(descriptor));
  return REAL(fdatasync)(descriptor);
}

int ftruncate64(int descriptor, off64_t length) {
  MAY_FAIL(TRUNCATE, of(descriptor));
  return REAL(ftruncate64)(descriptor, length);
}

int rename(const char *from, const char *to) {
  MAY_FAIL(RENAME, below(to));
  return REAL(rename)(from, to);
}

int unlink(const char *path) {
  MAY_FAIL(UNLINK, below(path));
  return REAL(unlink)(path);
}

/* The process that checks files is started without any environment: it is given these variables all the same. */
int execvp(const char *file, char *const arguments[]) {
  size_t count = 0;
  while (environ[count]) count++;
  char *environment[count + 4];
  memcpy(environment, environ, count * sizeof *environment);
  for (int i = 0; control && i < 3; i++) environment[count++] = variables[i];
  environment[count] = NULL;
  return REAL(execvpe)(file, arguments, environment);
}
