/* sock_result: a system call's errno as a result of net/sock.h; for the sock files alone. */
#ifndef NET_SOCK_RESULT_H
#define NET_SOCK_RESULT_H

#include "net/sock.h"

enum sock_result sock_result_of(int error);

#endif
