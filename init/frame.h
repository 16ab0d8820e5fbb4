#pragma once
/* The words of docs/init-protocol.md. */

#include <stdint.h>

enum { PROTOCOL_VERSION = 2, FRAME_HEADER_BYTES = 5, MAX_PAYLOAD_BYTES = 1024 * 1024 };

/* To init. */
enum {
  FRAME_FILE = 0x01,
  FRAME_FILE_DATA = 0x02,
  FRAME_FOLDER = 0x03,
  FRAME_SNAPSHOT = 0x04,
  FRAME_RESTORE = 0x05,
  FRAME_STAGE = 0x10,
  FRAME_STDIN = 0x11,
  FRAME_STDIN_END = 0x12,
  FRAME_SIGNAL = 0x13,
  FRAME_KILL = 0x14,
  FRAME_RESIZE = 0x15,
  FRAME_PREBOOT = 0x16,
  FRAME_LIST = 0x20,
  FRAME_READ = 0x21,
};

/* From init. */
enum {
  FRAME_READY = 0x81,
  FRAME_FILE_ERROR = 0x82,
  FRAME_DONE = 0x83,
  FRAME_STDOUT = 0x90,
  FRAME_STDERR = 0x91,
  FRAME_STAGE_EXIT = 0x92,
  FRAME_STDIN_TAKEN = 0x93,
  FRAME_PREBOOTED = 0x94,
  FRAME_ENTRY = 0xa0,
  FRAME_LIST_END = 0xa1,
  FRAME_READ_DATA = 0xa2,
  FRAME_READ_END = 0xa3,
  FRAME_ERROR = 0xff,
};

struct frame {
  uint8_t type;
  uint32_t size;
  const uint8_t *payload;
};
