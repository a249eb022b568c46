# Where things go: programs, manual pages, service files and hooks. Those say
# /usr/local/bin where a whole path is wanted, and /usr/local/share/postern for
# themselves: they become BINDIR and ETCDIR.
#
# Programs are installed without their symbols; STRIP= keeps them.
PREFIX ?= /usr/local
STRIP ?= -s
BINDIR := $(PREFIX)/bin
MANDIR := $(PREFIX)/share/man
ETCDIR := $(PREFIX)/share/postern

PAGES := $(notdir $(wildcard man/*.[1-9]))
SERVICE_FILES := $(shell cd etc 2>/dev/null && find . -type f)

install: all
	install -d "$(DESTDIR)$(BINDIR)"
	install $(STRIP) -m 755 $(PROGRAMS:%=$(B)/bin/%) "$(DESTDIR)$(BINDIR)"
	for page in $(PAGES); do \
		install -D -m 644 man/$$page "$(DESTDIR)$(MANDIR)/man$${page##*.}/$$page" || exit 1; \
	done
	for file in $(SERVICE_FILES:./%=%); do \
		mode=644; [ ! -x etc/$$file ] || mode=755; \
		install -D -m $$mode etc/$$file "$(DESTDIR)$(ETCDIR)/$$file" && \
		sed -i 's,/usr/local/bin,$(BINDIR),g; s,/usr/local/share/postern,$(ETCDIR),g' \
			"$(DESTDIR)$(ETCDIR)/$$file" || exit 1; \
	done
