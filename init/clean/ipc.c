/* What a program leaves in the IPC namespace. */

#include "ipc.h"

#include "../limits/counter-text.h"
#include "calls.h"
#include "entries.h"

enum { ERROR_IDENTIFIER_REMOVED = 43, TEXT_BYTES = 4096 };

/* The command to remove is 0, and so is the number of the semaphore that semctl wants before it. */
static long remove_id(long number, long id) {
  long error = system_call(number, id, 0, 0, 0, 0, 0);
  return error == -ERROR_INVALID || error == -ERROR_IDENTIFIER_REMOVED ? 0 : error;
}

static size_t skip(const char *text, size_t at, size_t size, bool spaces) {
  while (at < size && text[at] != '\n' && (text[at] == ' ') == spaces) at++;
  return at;
}

/* A line is the key, the id and more. Returns how many ids of whole lines were removed, or a negative errno. */
static long remove_listed(const char *text, size_t size, long number) {
  long removed = 0;
  size_t line = 0;
  for (size_t end = 0; end < size; end++) {
    if (text[end] != '\n') continue;
    size_t key = skip(text, line, end, true);
    size_t id = skip(text, skip(text, key, end, false), end, true);
    uint64_t value = counter_number(text + id, end - id);
    /* The first line has names instead of numbers. */
    if (value != NOT_MEASURED) {
      long error = remove_id(number, (long)value);
      if (error < 0) return error;
      removed++;
    }
    line = end + 1;
  }
  return removed;
}

static long remove_kind(const char *path, long number) {
  static char text[TEXT_BYTES];
  long file = sys_openat(CURRENT_FOLDER, path, FLAG_READ | FLAG_CLOEXEC, 0);
  /* A kernel without them, or a sandbox without /proc, has none to be found. */
  if (file < 0) return file == -ERROR_NO_ENTRY ? 0 : file;
  long size = sys_read((int)file, text, sizeof(text));
  sys_close((int)file);
  return size < 0 ? size : remove_listed(text, (size_t)size, number);
}

static long remove_queues(void) {
  static struct entries entries;
  int flags = FLAG_READ | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC;
  long folder = sys_openat(CURRENT_FOLDER, "/dev/mqueue", flags, 0), error = 0, removed = 0;
  if (folder < 0) return folder == -ERROR_NO_ENTRY ? 0 : folder;
  entries_forget(&entries);
  for (const struct folder_entry *entry; (entry = entries_next(&entries, (int)folder, &error)) != NULL;) {
    error = sys_unlink((int)folder, entry->name, 0);
    if (error < 0) break;
    removed++;
    if (entries.at >= entries.size) break;
  }
  sys_close((int)folder);
  return error < 0 ? error : removed;
}

long ipc_step(void) {
  long removed = remove_kind("/proc/sysvipc/shm", NR_shmctl);
  if (removed == 0) removed = remove_kind("/proc/sysvipc/sem", NR_semctl);
  if (removed == 0) removed = remove_kind("/proc/sysvipc/msg", NR_msgctl);
  if (removed == 0) removed = remove_queues();
  return removed > 0 ? 1 : removed;
}
