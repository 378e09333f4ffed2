#pragma once
// Sluice for C11, and for everything that binds to C: WebRTC data channels.
//
// The functions do what the C++ members of the same name do, and the sections of W3C (webrtc-pc) are the same. A
// program makes a loop, makes connections on it, registers handlers, and runs the loop.
//
// Memory
//   - `char*`, and a pointer to a struct that is not const, are yours: sluice_free() each of them once. A struct is one
//     block with all its members point to, so nothing in it is freed alone.
//   - `const char*` is not yours. Returned, it lives for the life of the process, or as long as the function says.
//   - What a handler gets lives until it returns, except handles: a sluice_data_channel* given to a handler is yours.
//   - What a function is given it has copied when it returns, except functions, their `user`, and handles.
//   - Opaque types are handles: sluice_..._free() each of them once. _copy() gives another handle of the same thing.
//     A handle keeps alive what it needs, so handles may be freed in any order.
//   - NULL is harmless. A missing handle, or missing argument that is needed, gives SLUICE_ERROR_BAD_ARGUMENT; getters
//     without a handle say what a closed object says. To free NULL does nothing.
//
// Structs
//   - The first member of every struct that may grow is `size`. Structs you fill are first given to their _init()
//     function with their sizeof; it sets the defaults. The library reads, and sets, `size` bytes and no more, so a
//     program works with newer libraries. A newer program's unknown members are not read by an older library.
//   - Structs from the library have the library's `size`, and where that is smaller than yours, the members beyond it
//     do not exist. When you assign such a struct to one of yours, set the `size` of yours.
//   - Arrays of structs are arrays of pointers. Strings end with a NUL and are UTF-8. A number that may be missing is
//     -1 then, and a string NULL.
//
// Errors
//   - A sluice_error is SLUICE_OK, or a number that sluice_error_text() turns into a sentence that says what to do. No
//     exception leaves the library. When memory is short: SLUICE_ERROR_OUT_OF_MEMORY, or NULL.
//   - Where a function takes `done`, an error it returns means that nothing has begun and done is not called. After
//     SLUICE_OK done is called exactly once, never before the function has returned (except on other threads that run
//     the loop); if the loop ends its life before that, never. Where done is NULL nobody is told.
//
// Threads
//   - Every handler and every done is called from a thread that is running the loop, in sluice_loop_run() and the like.
//     Those of one connection are called one at a time, in the order of their events.
//   - Any thread may call any function, and a handler may too, including those that close or free what called it. Only
//     freeing a handle must not happen while another thread uses that same handle.
//   - When freeing a handle returns, no handler registered through it starts any more; with a connection, none of its
//     channels and transports either. If another thread is running one at that moment, it finishes: outside of the
//     loop's thread (or with several of them) wait for that, for example by sluice_loop_post(), before you free its
//     `user`. Every done still comes, with SLUICE_ERROR_CLOSED: its `user` must live until then.
//   - A handler must not throw or longjmp out.
#include "sluice/c/base.h"
#include "sluice/c/candidate.h"
#include "sluice/c/certificate.h"
#include "sluice/c/configuration.h"
#include "sluice/c/data_channel.h"
#include "sluice/c/description.h"
#include "sluice/c/events.h"
#include "sluice/c/log.h"
#include "sluice/c/loop.h"
#include "sluice/c/network.h"
#include "sluice/c/peer_connection.h"
#include "sluice/c/stats.h"
#include "sluice/c/transports.h"
#include "sluice/c/udp_mux.h"
