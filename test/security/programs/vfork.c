/* A parent of vfork waits for its child in the kernel, and hardly any signal ends that. */
#include <unistd.h>

int main(void) {
  if (vfork() == 0) {
    sleep(100);
    _exit(0);
  }
}
