#pragma once
// The loop: where connections live and handlers are called. In C++ terms a boost::asio::io_context.
//
// Any number of threads may run one loop, and any thread may call these functions. Handlers of one connection are
// called one at a time whatever the number of threads.
#include "sluice/c/base.h"

SLUICE_BEGIN_C

typedef struct sluice_loop sluice_loop;

/// A loop without any work. NULL when memory is short.
SLUICE_EXPORT sluice_loop* sluice_loop_new(void);
/// The loop itself lives until the last handle of a connection, channel or transport on it is gone and no thread runs
/// it; what has not been called then is never called.
SLUICE_EXPORT void sluice_loop_free(sluice_loop* loop);

/// Calls handlers until there is no work left or the loop is stopped. Open connections, operations and posted functions
/// are work: it returns when all connections are closed. A loop without work may be run again when there is new work.
/// `called`: how many handlers ran, the library's own among them; may be NULL. Errors: bad_argument, out_of_memory,
/// unknown (a handler threw a C++ exception); the loop may be run again afterwards.
SLUICE_EXPORT sluice_error sluice_loop_run(sluice_loop* loop, size_t* called);
/// As sluice_loop_run, for this long at most.
SLUICE_EXPORT sluice_error sluice_loop_run_for(sluice_loop* loop, uint32_t milliseconds, size_t* called);
/// Waits for one handler and calls it; `called` is 0 if there is no work left or the loop is stopped.
SLUICE_EXPORT sluice_error sluice_loop_run_one(sluice_loop* loop, size_t* called);
/// Calls what can be called at once; never waits.
SLUICE_EXPORT sluice_error sluice_loop_poll(sluice_loop* loop, size_t* called);

/// Every function that runs the loop returns as soon as possible, now and in future, until sluice_loop_restart().
SLUICE_EXPORT void sluice_loop_stop(sluice_loop* loop);
/// Whether sluice_loop_stop() holds. True for NULL.
SLUICE_EXPORT bool sluice_loop_stopped(const sluice_loop* loop);
/// Takes sluice_loop_stop() back. Only when no thread runs the loop; otherwise bad_argument.
SLUICE_EXPORT sluice_error sluice_loop_restart(sluice_loop* loop);

/// Has the function called once by a thread that runs the loop, never inside of this call.
SLUICE_EXPORT sluice_error sluice_loop_post(sluice_loop* loop, sluice_handler function, void* user);

SLUICE_END_C
