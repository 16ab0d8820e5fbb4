#pragma once
/* How a copied tree stands in memory: one record for each entry, what is in a folder before the folder's end. */

#include "calls.h"

enum record_kind { RECORD_FILE = 1, RECORD_LINK = 2, RECORD_FOLDER = 3, RECORD_FOLDER_END = 4 };

enum {
  NAME_BYTES = 255,
  /* A link's target; the kernel's own bound, its terminator left out. */
  TARGET_BYTES = 4095,
  /* Folders in folders. A client's longest path has half as many. */
  MAX_DEPTH = 4096,
};

/* Followed by the name and a 0, then by `size` bytes: the file, or the link's target and a 0. A folder's end has neither. */
struct record {
  uint32_t kind, mode;
  struct time_spec modified;
  uint64_t size;
  uint32_t name_size, padding;
};
