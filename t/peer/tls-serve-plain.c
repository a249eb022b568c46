/* tls-serve as "make ACME=0" builds it. */
#define ACME 0
#include "../../bin/tls-serve.c"
