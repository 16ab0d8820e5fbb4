/* The entries of one folder. */

#include "entries.h"

static bool is_dots(const char *name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

const struct folder_entry *entries_next(struct entries *entries, int folder, long *error) {
  for (;;) {
    if (entries->at >= entries->size) {
      entries->at = 0;
      entries->size = sys_getdents(folder, entries->block, sizeof(entries->block));
      *error = entries->size < 0 ? entries->size : 0;
      if (entries->size <= 0) {
        entries->size = 0;
        return NULL;
      }
    }
    const struct folder_entry *entry = (const void *)(entries->block + entries->at);
    entries->at += entry->entry_size;
    if (!is_dots(entry->name)) return entry;
  }
}
