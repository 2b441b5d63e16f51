/* Enlarges pictures of any size with one file of a bundle: the interface for C, and for what calls C.
 *
 * What it gives is load_upscaler(FILE, raw=True) of the Python library, byte for byte, whatever the size of the
 * tiles. No function throws or ends the process; each gives a status, and waifu4x_error_text() says in words what
 * was wrong. A network may be used by one thread at a time, several networks by several threads. */
#ifndef WAIFU4X_WAIFU4X_H_
#define WAIFU4X_WAIFU4X_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define WAIFU4X_API __attribute__((visibility("default")))
#else
#define WAIFU4X_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum waifu4x_status {
  WAIFU4X_OK = 0,
  WAIFU4X_WRONG_ARGUMENT = 1,    /* a null pointer, a size or number out of its range */
  WAIFU4X_UNREADABLE = 2,        /* a file that is not there or cannot be read */
  WAIFU4X_WRONG_DESCRIPTION = 3, /* model.json is damaged, of another version, or does not name the file */
  WAIFU4X_DAMAGED = 4,           /* the file's sha256 is not that of model.json */
  WAIFU4X_WRONG_NETWORK = 5,     /* LiteRT cannot run the file, or it is not what model.json says */
  WAIFU4X_OUT_OF_MEMORY = 6,
  WAIFU4X_CANCELLED = 7,         /* the caller's is_cancelled or write_rows wanted it so */
  WAIFU4X_INTERNAL = 8
} waifu4x_status;

/* What this thread's last call that failed has to say, in UTF-8: the rule, what was received, the way out. */
WAIFU4X_API const char* waifu4x_error_text(void);

typedef struct waifu4x_network waifu4x_network;

/* Loads a file that `folder`/model.json names. Nothing of it is looked at before its sha256 is right.
 * threads: of the network, at least 1. made: is set to NULL when this fails. */
WAIFU4X_API waifu4x_status waifu4x_load(const char* folder, const char* file, int threads, waifu4x_network** made);

/* The same from memory, as from an app's assets; neither buffer is needed afterwards. */
WAIFU4X_API waifu4x_status waifu4x_load_memory(const char* model_json, size_t model_json_bytes, const char* file,
                                               const void* content, size_t content_bytes, int threads,
                                               waifu4x_network** made);

/* NULL is allowed. */
WAIFU4X_API void waifu4x_free(waifu4x_network* network);

/* How many times larger a result is; 0 for NULL. */
WAIFU4X_API int waifu4x_scale(const waifu4x_network* network);

/* Pixels of 8 bits a channel. Alpha is 0 transparent to 255 opaque, not multiplied into the colours. */
typedef struct waifu4x_picture {
  int width;
  int height;
  int channels;         /* 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha */
  size_t row_bytes;     /* from one row to the next, at least width * channels */
  const uint8_t* pixels;
} waifu4x_picture;

/* The largest side of a tile without its surroundings that suits most machines. */
#define WAIFU4X_USUAL_CORE 256

typedef struct waifu4x_plan {
  int width;            /* of the result, which has the picture's channels */
  int height;
  int64_t tiles;        /* how often the network runs, or less; 0 when a picture is too thin for it */
  int band_rows;        /* the most rows that write_rows gets at once */
  int64_t band_bytes;   /* the memory of such a band; the network's own comes on top */
} waifu4x_plan;

/* How a picture would be enlarged. core: the largest side of a tile without its surroundings, in pixels of the small
 * picture; 0 = the whole picture at once. Files of one size have their own. Memory grows with it, the result is the
 * same. */
WAIFU4X_API waifu4x_status waifu4x_plan_of(const waifu4x_network* network, int width, int height, int channels,
                                           int core, waifu4x_plan* plan);

/* What a run calls, on the calling thread. All get `user`. */
typedef struct waifu4x_callbacks {
  void* user;
  /* Takes the rows first_row to first_row + row_count - 1 of the result, from the top to the bottom, without gaps.
   * rows: row_count * width * channels bytes, valid during the call. Anything but 0 stops the run. */
  int (*write_rows)(void* user, int first_row, int row_count, const uint8_t* rows);
  /* May be NULL. Called after each tile with what is done and what there is, in tiles. */
  void (*progress)(void* user, int64_t done, int64_t total);
  /* May be NULL. Asked before each tile; anything but 0 stops the run. */
  int (*is_cancelled)(void* user);
} waifu4x_callbacks;

/* Enlarges a picture, a band of rows after the other. */
WAIFU4X_API waifu4x_status waifu4x_run(waifu4x_network* network, const waifu4x_picture* picture, int core,
                                       const waifu4x_callbacks* callbacks);

#ifdef __cplusplus
}
#endif

#endif /* WAIFU4X_WAIFU4X_H_ */
