# make install, uninstall and dist; read by the Makefile.
# SPDX-License-Identifier: GPL-2.0-or-later
# Below libdir what is compiled, below datadir what is not: harness/base/place.h says how the program finds either. All links are
# relative, so what lies under DESTDIR runs from there, too. uninstall wants the same variables as install.
PREFIX  ?= /usr/local
bindir  ?= $(PREFIX)/bin
libdir  ?= $(PREFIX)/lib
datadir ?= $(PREFIX)/share
mandir  ?= $(datadir)/man
docdir  ?= $(datadir)/doc/numarig
BASHDIR := $(datadir)/bash-completion/completions
ZSHDIR  := $(datadir)/zsh/site-functions

OUR_LIB  := $(DESTDIR)$(libdir)/numarig
OUR_DATA := $(DESTDIR)$(datadir)/numarig
PROGRAMS := $(B)/numarig $(B)/steady.so $(B)/trace.so $(GUEST_BIN)
DATA     := $(sort $(wildcard topologies/*.json cases/*.h cases/*.schema.json cases/*/* guests/kernel/* results/schema/*.json) ci/regress.json)
DOCS     := README.md NEWS.md $(filter-out docs/workloads.md,$(sort $(wildcard docs/*.md))) docs/workloads.md

.PHONY: install uninstall dist
install: all docs
	@for f in $(patsubst $(B)/%,%,$(PROGRAMS)); do install -D -m 755 $(B)/$$f '$(OUR_LIB)'/$$f || exit; done
	@for f in $(DATA); do m=644; [ ! -x $$f ] || m=755; install -D -m $$m $$f '$(OUR_DATA)'/$$f || exit; done
	@install -d '$(DESTDIR)$(bindir)'
	@ln -snrf '$(OUR_DATA)' '$(OUR_LIB)/data'
	@ln -srf '$(OUR_LIB)/numarig' '$(DESTDIR)$(bindir)/numarig'
	@install -D -m 644 $(B)/numarig.1 '$(DESTDIR)$(mandir)/man1/numarig.1'
	@install -D -m 644 completion/numarig.bash '$(DESTDIR)$(BASHDIR)/numarig'
	@install -D -m 644 completion/_numarig '$(DESTDIR)$(ZSHDIR)/_numarig'
	@for f in $(DOCS); do install -D -m 644 $$f '$(DESTDIR)$(docdir)'/$$f || exit; done

# Folders that others may use, too, stay.
uninstall:
	@rm -rf '$(OUR_LIB)' '$(OUR_DATA)' '$(DESTDIR)$(docdir)'
	@rm -f '$(DESTDIR)$(bindir)/numarig' '$(DESTDIR)$(mandir)/man1/numarig.1' '$(DESTDIR)$(BASHDIR)/numarig' '$(DESTDIR)$(ZSHDIR)/_numarig'

# numarig-VERSION.tar.xz, of what is committed: the same bytes for the same commit.
dist: $(B)/numarig.1 docs
	@sh ci/dist '$(VERSION)' $(B)
