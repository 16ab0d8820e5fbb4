#pragma once
/* Little-endian numbers in frames. Both machines that init knows are little-endian, but frames are not aligned. */

#include <stdint.h>
#include <string.h>

static inline uint16_t get_u16(const uint8_t *from) {
  uint16_t value;
  memcpy(&value, from, 2);
  return value;
}

static inline uint32_t get_u32(const uint8_t *from) {
  uint32_t value;
  memcpy(&value, from, 4);
  return value;
}

static inline uint64_t get_u64(const uint8_t *from) {
  uint64_t value;
  memcpy(&value, from, 8);
  return value;
}

static inline uint8_t *put_u8(uint8_t *to, uint8_t value) {
  *to = value;
  return to + 1;
}

static inline uint8_t *put_u32(uint8_t *to, uint32_t value) {
  memcpy(to, &value, 4);
  return to + 4;
}

static inline uint8_t *put_u64(uint8_t *to, uint64_t value) {
  memcpy(to, &value, 8);
  return to + 8;
}
