#ifndef SLUICE_TESTS_C_PAIR_H
#define SLUICE_TESTS_C_PAIR_H
/* Two connections in one process, with signaling from one to the other. */
#include <sluice/sluice.h>

struct pair;

typedef struct side {
  struct pair* pair;
  struct side* other;
  sluice_peer_connection* connection;
  sluice_data_channel* channel; /* alice creates it, bob gets it */
  int candidates;
  int messages;
  sluice_message_kind kind; /* of the last message */
  char data[256];
  size_t length;
  int opened;
  int closed;
} side;

typedef struct pair {
  sluice_loop* loop;
  side alice;
  side bob;
} pair;

/* Connections, with signaling between them; nothing has happened yet. Configurations may be NULL. */
void pair_make(pair* it, const sluice_configuration* alice, const sluice_configuration* bob);
/* Likewise, on a loop that there is already. */
void pair_make_on(pair* it, sluice_loop* loop, const sluice_configuration* alice, const sluice_configuration* bob);
/* Likewise, and a channel "chat" open on both sides; they record its messages. */
void pair_connect(pair* it);
/* Frees what is left, in an order that a program might choose; the loop has then run out of work. */
void pair_free(pair* it);

/* Runs the loop until the number is what is expected, for ten seconds at most. */
bool pair_run_until(pair* it, const int* number, int expected);

/* For operations that are to succeed: counts in `user`, an int. */
void count_success(void* user, sluice_error error);
/* For those that are to fail: keeps the error in `user`, a sluice_error that was -1 before. */
void keep_error(void* user, sluice_error error);

/* Has the side record what its channel does. */
void side_listen(side* it);

#endif
