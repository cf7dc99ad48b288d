/* web/socket.h: a small FastCGI client over a unix socket, for the notes that the read pool sends to the write pool, and for tests. Core only. */
#ifndef SW_WEB_SOCKET_H
#define SW_WEB_SOCKET_H

#include "record/codec.h"

/* The records of one request, appended to b. The body is ≤ SW_BODY_MAX. keep: the server is to keep the connection open afterwards. */
void sw_socket_request(struct sw_buf *b, const struct sw_pair *params, size_t n, struct sw_str body,
                       bool keep);

/* Connect; -1 with errno. nonblock: connect and later writes never wait. */
int sw_socket_connect(const char *path, bool nonblock);

/* Send and forget: connect, hand all bytes to the kernel at once, or give up. The descriptor to read (and throw away) the answer from until it ends, or -1. */
int sw_socket_post(const char *path, struct sw_str request);

/* Read one answer from a blocking connection. *out: status line, headers and body as the server wrote them, in the arena. SW_EFAIL when the
 * connection ended before the answer did; SW_ETOOLARGE over 16 MB. */
int sw_socket_answer(struct sw_arena *a, int fd, struct sw_str *out);

/* The whole of it: connect, send, read, close. */
int sw_socket_call(struct sw_arena *a, const char *path, const struct sw_pair *params, size_t n,
                   struct sw_str body, struct sw_str *out);

#endif
