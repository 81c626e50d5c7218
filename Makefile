# SPDX-License-Identifier: GPL-2.0
# The front door. The modules proper are described in Kbuild.

include version.mk

KDIR ?= /lib/modules/$(shell uname -r)/build
DESTDIR ?=
PREFIX ?= /usr

.PHONY: all modules programs testprograms check bench style install modules_install clean
.PHONY: netlink help

all: modules programs

modules:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

programs:
	$(MAKE) -C user all VERSION=$(PARTBUS_VERSION)

# What tests run in machines of the lab; not installed.
testprograms:
	$(MAKE) -C selftests/noloss all BIN=$(CURDIR)/build/testprograms

# The same as ./check: tests in throw-away machines, not on this kernel.
check:
	./check

# Beside virtio-blk and vhost-scsi, vhost-net and virtio-net, in the lab.
bench:
	bench/run

style:
	selftests/style

install: modules_install
	$(MAKE) -C user install VERSION=$(PARTBUS_VERSION) DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	install -D -m 0644 udev/60-partbus.rules \
		$(DESTDIR)/lib/udev/rules.d/60-partbus.rules

modules_install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) modules_install

clean:
	$(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C user clean

# Remakes the netlink header and policies; KSRC is a kernel source tree of 6.12.
netlink:
	Documentation/netlink/regen.sh $(KSRC)

help:
	@echo 'make [KDIR=...]          modules and programs'
	@echo 'make style               warnings, sparse, formatting, include directions'
	@echo 'make check               all tests, in throw-away machines'
	@echo 'make bench               disk and NIC beside others'
	@echo 'make install [DESTDIR=]  modules, programs, manual pages, rules, unit'
	@echo 'make netlink KSRC=...    remake what the netlink specification generates'
