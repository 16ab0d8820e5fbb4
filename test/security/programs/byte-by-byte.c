/* Writes single bytes to stdout and stderr in turn. */
#include <unistd.h>

int main(void) {
  for (int index = 0; index < 200000; index++) {
    if (write(1, "o", 1) != 1 || write(2, "e", 1) != 1) return 1;
  }
}
