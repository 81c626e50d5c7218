# SPDX-License-Identifier: GPL-2.0
# Who may include whom: prints each include of one of our headers that points
# upwards, sideways, or past a public header. Names of files come as arguments,
# relative to the checkout.

# allow(FOLDER, REGEX): files in FOLDER may include <NAME> where NAME matches.
function allow(folder, regex)
{
	rule[folder] = regex
}

BEGIN {
	ours = "^(uapi/)?partbus/|^(vmbus|vsp_[a-z]+|vsc|frame|port_redirect|compat)/"
	uapi = "(uapi/)?partbus/[a-z]+\\.h"
	# what a provider or a client sees of the bus
	public = "vmbus/(partbus|mgmt|contract|layout|inject)\\.h"
	# pure files, which tests in user space compile
	pure = "vmbus/(ring|ring_barrier|layout|lines|channel_state|contract|ctrl_table|negotiate_(table|wire)|restraint|pci/(patience|window_parse))\\.h"
	pure = pure "|[a-z_]+/tests/[a-z]+_cases\\.h|vsp_core/(rate|turns)\\.h|(vsp_blk/(request_parse|pace)|vsc/blk_answer)\\.h|vsp_net/st(all|ream)\\.h|frame/frame\\.h"

	allow("include/uapi/partbus", "partbus/[a-z]+\\.h")
	allow("kernel/compat", "compat/[a-z_]+\\.h")
	allow("kernel/vmbus", "vmbus/[a-z_]+\\.h|compat/[a-z_]+\\.h|" uapi)
	allow("kernel/vmbus/tests", "vmbus/(tests/)?[a-z_]+\\.h|" uapi)
	allow("kernel/vmbus/host", "vmbus/(host/)?[a-z_]+\\.h|compat/[a-z_]+\\.h|" uapi)
	allow("kernel/vmbus/pci", "vmbus/(pci/)?[a-z_]+\\.h|compat/[a-z_]+\\.h|" uapi)
	allow("kernel/frame", "vmbus/partbus\\.h|frame/[a-z_]+\\.h|compat/[a-z_]+\\.h|" uapi)
	allow("kernel/frame/tests", "frame/(tests/)?[a-z_]+\\.h|" uapi)
	allow("kernel/vsp_core", public "|vsp_core/[a-z_]+\\.h|compat/[a-z_]+\\.h|" uapi)
	allow("kernel/vsp_blk", "vmbus/(partbus|inject)\\.h|vsp_core/vsp\\.h|vsp_blk/[a-z_]+\\.h|" \
	      "compat/[a-z_]+\\.h|" uapi)
	allow("kernel/vsp_core/tests", "vsp_core/(tests/)?[a-z_]+\\.h|" uapi)
	allow("kernel/vsp_blk/tests", "vsp_blk/(tests/)?[a-z_]+\\.h|" uapi)
	allow("kernel/vsp_net", "vmbus/partbus\\.h|vsp_core/vsp\\.h|vsp_net/[a-z_]+\\.h|" \
	      "frame/[a-z]+\\.h|" \
	      "compat/[a-z_]+\\.h|" uapi)
	allow("kernel/vsc", public "|vsc/[a-z_]+\\.h|frame/[a-z]+\\.h|compat/[a-z_]+\\.h|" uapi)
	allow("kernel/port_redirect", "vmbus/partbus\\.h|port_redirect/[a-z_]+\\.h|" \
	      "compat/[a-z_]+\\.h|" uapi)
	allow("user", uapi)
	allow("user/tests", uapi "|" pure)
	allow("selftests", uapi "|" pure)
	# one end of a channel, as a transport makes it
	allow("selftests/hostile", "vmbus/(channel|transport)\\.h|" uapi)
	# compiles ctrl.c with stand-ins for locks and lists
	allow("selftests/fuzz", uapi "|" pure "|vmbus/ctrl\\.h")
}

# The rule of the nearest folder above.
function rule_of(folder)
{
	while (!(folder in rule) && sub("/[^/]*$", "", folder))
		;
	return folder in rule ? rule[folder] : ""
}

function found(text)
{
	print FILENAME ":" FNR ": " text
}

FNR == 1 {
	folder = FILENAME
	sub("/[^/]*$", "", folder)
	allowed = rule_of(folder)
	if (allowed == "")
		found("no rule says what " folder " may include (selftests/style.d/includes.awk)")
}

/^[ \t]*#[ \t]*include[ \t]*</ {
	name = $0
	sub("^[^<]*<", "", name)
	sub(">.*", "", name)
	if (name ~ /^linux\/hyperv/)
		found("<" name "> is Hyper-V's")
	else if (name ~ ours && name !~ "^(" allowed ")$")
		found("<" name "> must not be included by " folder)
	else if (folder ~ /^include\/uapi/ && name !~ /^(partbus\/.*|linux\/(types|ioctl)\.h)$/)
		found("<" name ">: headers for user space need linux/types.h and no more")
}

# Quoted: a neighbour. Tests may compile a pure file, and share the lab's headers.
/^[ \t]*#[ \t]*include[ \t]*"/ {
	name = $0
	sub("^[^\"]*\"", "", name)
	sub("\".*", "", name)
	if (name !~ "/" || folder ~ "^user/")
		next
	inside = name
	sub("^(\\.\\./)+kernel/", "", inside)
	sub("\\.c$", ".h", inside)
	if (folder ~ "^selftests/" && (inside ~ "^(" pure ")$" || name !~ "kernel/"))
		next
	found("\"" name "\" is in another folder; name its layer: <folder/file.h>")
}
