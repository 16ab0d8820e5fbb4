/* What each frame makes init do. */

#include "receive.h"

#include "bytes.h"
#include "clean/clean.h"
#include "collect/collect.h"
#include "path.h"
#include "stage-request.h"
#include "stage/preboot.h"
#include "stage/stage.h"

enum { MODE_BITS = 0777 };

static void note_error(struct files *files, long error, const uint8_t *path, size_t path_size, struct outbox *outbox) {
  if (error == 0) return;
  if (files->error == 0) files->error = (int)-error;
  uint8_t *to = outbox_reserve(outbox, 4 + path_size);
  to = put_u32(to, (uint32_t)-error);
  memcpy(to, path, path_size);
  outbox_commit(outbox, FRAME_FILE_ERROR, 4 + path_size);
}

/* Of the file that `file-data` goes on with, so that what fails then can be named too. */
static uint8_t last_path[MAX_PATH_BYTES];
static size_t last_path_size;

static const char *receive_file(const struct frame *frame, struct files *files, struct outbox *outbox) {
  if (frame->size < 8) return "a file frame is too short";
  uint32_t mode = get_u32(frame->payload), path_size = get_u32(frame->payload + 4);
  if (mode > MODE_BITS) return "a mode has more than permission bits";
  if (path_size > frame->size - 8) return "a path is longer than its frame";
  const uint8_t *path = frame->payload + 8;
  if (!path_is_acceptable(path, path_size)) return "a path is not acceptable";
  memcpy(last_path, path, path_size);
  last_path_size = path_size;
  preboot_make_way(path, path_size);
  long error = files_begin(files, mode, path, path_size);
  if (error == 0) error = files_write(files, path + path_size, frame->size - 8 - path_size);
  note_error(files, error, path, path_size, outbox);
  return NULL;
}

static const char *receive_file_data(const struct frame *frame, struct files *files, struct outbox *outbox) {
  if (!files->began) return "file-data came without a file";
  note_error(files, files_write(files, frame->payload, frame->size), last_path, last_path_size, outbox);
  return NULL;
}

static const char *receive_folder(const struct frame *frame, struct files *files, struct outbox *outbox) {
  if (frame->size < 4) return "a folder frame is too short";
  uint32_t mode = get_u32(frame->payload);
  if (mode > MODE_BITS) return "a mode has more than permission bits";
  const uint8_t *path = frame->payload + 4;
  size_t path_size = frame->size - 4;
  if (!path_is_acceptable(path, path_size)) return "a path is not acceptable";
  note_error(files, files_make_folder(files, mode, path, path_size), path, path_size, outbox);
  return NULL;
}

static const char *receive_stage(const struct frame *frame, struct files *files, struct outbox *outbox) {
  struct stage_request request;
  const char *broken = stage_request_decode(&request, frame->payload, frame->size);
  if (broken != NULL) return broken;
  files_end(files);
  stage_start(&request, files->error, outbox);
  files->error = 0;
  files->began = 0;
  return NULL;
}

static const char *receive_signal(const struct frame *frame) {
  if (frame->size != 4) return "a signal frame is not 4 bytes long";
  uint32_t signal = get_u32(frame->payload);
  if (signal < 1 || signal > SIGNAL_LAST) return "a signal has no such number";
  stage_signal((int)signal);
  return NULL;
}

static const char *receive_resize(const struct frame *frame) {
  if (frame->size != 4) return "a resize frame is not 4 bytes long";
  struct terminal_size size = {get_u16(frame->payload), get_u16(frame->payload + 2)};
  if (size.columns == 0 || size.rows == 0) return "a size of a terminal is 0";
  stage_resize(size);
  return NULL;
}

/* Answered when it is done: until then no other frame is looked at. */
static const char *receive_snapshot(struct files *files) {
  files_end(files);
  clean_snapshot();
  return NULL;
}

static const char *receive_restore(struct files *files) {
  files_end(files);
  files->began = 0;
  return clean_restore() ? NULL : "there is no snapshot to restore";
}

static const char *only_between_stages(void) { return stage_is_running() ? "a stage is running" : NULL; }

static const char *only_empty(const struct frame *frame) {
  return frame->size == 0 ? NULL : "a frame that must be empty is not";
}

const char *receive(const struct frame *frame, struct files *files, struct outbox *outbox) {
  const char *broken = NULL;
  switch (frame->type) {
    case FRAME_FILE:
      if ((broken = only_between_stages()) != NULL) return broken;
      return receive_file(frame, files, outbox);
    case FRAME_FILE_DATA:
      if ((broken = only_between_stages()) != NULL) return broken;
      return receive_file_data(frame, files, outbox);
    case FRAME_FOLDER:
      if ((broken = only_between_stages()) != NULL) return broken;
      return receive_folder(frame, files, outbox);
    case FRAME_SNAPSHOT:
      if ((broken = only_between_stages()) != NULL || (broken = only_empty(frame)) != NULL) return broken;
      return receive_snapshot(files);
    case FRAME_RESTORE:
      if ((broken = only_between_stages()) != NULL || (broken = only_empty(frame)) != NULL) return broken;
      return receive_restore(files);
    case FRAME_STAGE:
      if ((broken = only_between_stages()) != NULL) return broken;
      return receive_stage(frame, files, outbox);
    case FRAME_PREBOOT:
      if ((broken = only_between_stages()) != NULL) return broken;
      files_end(files);
      return preboot_start(frame);
    case FRAME_LIST:
      if ((broken = only_between_stages()) != NULL) return broken;
      return collect_list(frame);
    case FRAME_READ:
      if ((broken = only_between_stages()) != NULL) return broken;
      return collect_read(frame);
    case FRAME_STDIN:
      return stage_stdin(frame->payload, frame->size) ? NULL : "more than 65536 bytes of stdin are on the way";
    case FRAME_STDIN_END:
      if ((broken = only_empty(frame)) != NULL) return broken;
      stage_stdin_end();
      return NULL;
    case FRAME_SIGNAL:
      return receive_signal(frame);
    case FRAME_RESIZE:
      return receive_resize(frame);
    case FRAME_KILL:
      if ((broken = only_empty(frame)) != NULL) return broken;
      stage_kill();
      return NULL;
    default:
      return "a frame has an unknown type";
  }
}
