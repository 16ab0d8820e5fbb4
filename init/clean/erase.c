/* Empties a folder. */

#include "erase.h"

void erase_begin(struct erasing *erasing, int folder) {
  erasing->folder = folder;
  erasing->depth = 0;
  entries_forget(&erasing->entries);
}

static long move_to(struct erasing *erasing, const char *name) {
  long next = sys_openat(erasing->folder, name, FLAG_READ | FLAG_DIRECTORY | FLAG_NOFOLLOW | FLAG_CLOEXEC, 0);
  if (next < 0) return next;
  sys_close(erasing->folder);
  erasing->folder = (int)next;
  return 1;
}

/* The owner may enter whatever mode a folder has, once he changed it. */
static long go_down(struct erasing *erasing, const char *name) {
  long error = sys_chmod_at(erasing->folder, name, 0700);
  if (error == 0) error = move_to(erasing, name);
  if (error > 0) erasing->depth++;
  return error;
}

/* An emptied folder is found again by the next look at its parent, and removed then. */
static long go_up(struct erasing *erasing) {
  erasing->depth--;
  return move_to(erasing, "..");
}

static long remove(struct erasing *erasing, const struct folder_entry *entry) {
  if (entry->kind != KIND_FOLDER) {
    long error = sys_unlink(erasing->folder, entry->name, 0);
    if (error != -ERROR_IS_FOLDER) return error;
  }
  long error = sys_unlink(erasing->folder, entry->name, REMOVE_FOLDER);
  return error == -ERROR_NOT_EMPTY ? go_down(erasing, entry->name) : error;
}

/* One block of entries, from the beginning each time: so it does not matter what removing does to positions. */
static long step(struct erasing *erasing) {
  long error = sys_seek(erasing->folder, 0);
  bool is_empty = true;
  entries_forget(&erasing->entries);
  for (const struct folder_entry *entry; error >= 0;) {
    bool block_is_over = !is_empty && erasing->entries.at >= erasing->entries.size;
    if (block_is_over) return 1;
    entry = entries_next(&erasing->entries, erasing->folder, &error);
    if (entry == NULL) break;
    is_empty = false;
    error = remove(erasing, entry);
    if (error > 0) return 1;
  }
  if (error < 0) return error;
  if (!is_empty) return 1;
  return erasing->depth == 0 ? 0 : go_up(erasing);
}

long erase_step(struct erasing *erasing) {
  long result = step(erasing);
  if (result > 0) return result;
  if (erasing->folder >= 0) sys_close(erasing->folder);
  erasing->folder = -1;
  return result;
}
