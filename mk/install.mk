# Where things go: programs, manual pages, service files.
PREFIX ?= /usr/local
BINDIR := $(DESTDIR)$(PREFIX)/bin
MANDIR := $(DESTDIR)$(PREFIX)/share/man
ETCDIR := $(DESTDIR)$(PREFIX)/share/postern

install: all
	install -d $(BINDIR)
	install -m 755 $(PROGRAMS:%=$(B)/bin/%) $(BINDIR)
	for page in man/*.[0-9]; do \
		install -D -m 644 "$$page" "$(MANDIR)/man$${page##*.}/$${page##*/}" || exit 1; \
	done
	cd etc && find . -type f -exec install -D -m 644 {} $(ETCDIR)/{} \;
	find $(ETCDIR) -name run -exec chmod 755 {} +
