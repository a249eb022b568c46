# make               programs into build/bin: static musl where musl-gcc is, else dynamic
# make MUSL=0        with the system's C library
# make SAN=1         with the address and undefined-behaviour sanitizers, into build/san
# make install       honours DESTDIR and PREFIX
# make V=1           shows the commands
include mk/build.mk
include mk/install.mk
