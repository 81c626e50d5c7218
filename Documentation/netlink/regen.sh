#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Remakes what is generated from specs/partbus.yaml: the user header and the
# kernel's policies. Needs a kernel source tree of 6.12 (Debian's package
# linux-source-6.12, unpacked) for its generator, and python3-yaml and
# python3-jsonschema.
#
#	Documentation/netlink/regen.sh KERNEL_SOURCE
set -euo pipefail

ksrc=${1:?usage: regen.sh KERNEL_SOURCE}
gen=$ksrc/tools/net/ynl/ynl-gen-c.py
[ -e "$gen" ] || { echo "regen.sh: no generator at $gen" >&2; exit 1; }
cd "$(dirname "$0")/../.."

# The generator looks for its schema beside the folder of the spec, and for the
# root of a kernel tree above it.
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/Documentation/netlink/specs"
touch "$tmp/MAINTAINERS"
cp "$ksrc"/Documentation/netlink/*.yaml "$tmp/Documentation/netlink"
spec=$tmp/Documentation/netlink/specs/partbus.yaml
cp Documentation/netlink/specs/partbus.yaml "$spec"

make_file() {	# file, generator's options
	local file=$1
	shift
	/usr/bin/python3 "$gen" --spec "$spec" -o "$tmp/${file##*/}" "$@"
	# The licence line stays first.
	sed '1a /* Remake with Documentation/netlink/regen.sh KERNEL_SOURCE */' \
		"$tmp/${file##*/}" > "$file"
}

make_file include/uapi/partbus/genl.h --mode uapi --header
# For a family whose operations are not split the generator writes an array of
# groups that nothing can use; the kernel's part is made without.
sed -i '/^mcast-groups:/,$d' "$spec"
make_file kernel/vmbus/netlink_gen.h --mode kernel --header
make_file kernel/vmbus/netlink_gen.c --mode kernel --source
