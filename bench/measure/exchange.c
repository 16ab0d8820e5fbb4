// Measures requests to a server from outside of it, with a client that takes next to no time itself: for each request on stdin it sends
// it over one connection that stays, and prints how many nanoseconds that took, from before its first byte was sent to the last byte of
// the answer, a space, and the answer's body, which must be without line breaks.
//
//   exchange PORT
//
// A request on stdin is its length in bytes, a line break, and the request. The server listens on 127.0.0.1 and answers with a
// Content-Length. Anything unexpected ends this with an error.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { REQUEST_BYTES = 1024 * 1024, ANSWER_BYTES = 4 * 1024 * 1024 };

static char request[REQUEST_BYTES], answer[ANSWER_BYTES + 1];

static long long now_nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void fail(const char *what) {
  fprintf(stderr, "exchange: %s\n", what);
  exit(1);
}

static int connect_to(int port) {
  int connection = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection, (struct sockaddr *)&address, sizeof address) != 0) fail("connect");
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return connection;
}

static void send_all(int connection, size_t length) {
  for (size_t sent = 0; sent < length;) {
    ssize_t wrote = send(connection, request + sent, length - sent, MSG_NOSIGNAL);
    if (wrote <= 0) fail("send");
    sent += (size_t)wrote;
  }
}

// Where the body begins; NULL while the head is not whole.
static char *body_of(void) {
  char *end = strstr(answer, "\r\n\r\n");
  return end == NULL ? NULL : end + 4;
}

static size_t receive_all(int connection) {
  size_t length = 0, whole = 0;
  do {
    ssize_t got = recv(connection, answer + length, ANSWER_BYTES - length, 0);
    if (got <= 0) fail("the server hung up, or says too much");
    length += (size_t)got;
    answer[length] = 0;
    char *body = body_of();
    if (whole == 0 && body != NULL) {
      char *header = strcasestr(answer, "\r\ncontent-length:");
      if (header == NULL || header > body) fail("an answer without its length");
      whole = (size_t)(body - answer) + strtoul(header + strlen("\r\ncontent-length:"), NULL, 10);
    }
  } while (whole == 0 || length < whole);
  return length;
}

int main(int count, char **arguments) {
  if (count != 2) fail("wrong arguments");
  int connection = connect_to(atoi(arguments[1]));
  char line[32];
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t length = strtoul(line, NULL, 10);
    if (length == 0 || length > REQUEST_BYTES || fread(request, 1, length, stdin) != length) fail("a broken request");
    long long start = now_nanoseconds();
    send_all(connection, length);
    size_t received = receive_all(connection);
    long long end = now_nanoseconds();
    char *body = body_of();
    printf("%lld ", end - start);
    fwrite(body, 1, received - (size_t)(body - answer), stdout);
    putchar('\n');
    fflush(stdout);
  }
  return 0;
}
