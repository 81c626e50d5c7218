// SPDX-License-Identifier: GPL-2.0
/*
 * Saved state: any JSON, restored into a kernel that does what it is asked. What
 * is restored can be saved, and what was saved can be restored as the same.
 */
#include "fuzz.h"

#include "fake_kernel.h"
#include "outside.h"
#include "saved.h"
#include "tool.h"

/* One object to its form and back. */
static void check_partition(json_t *j)
{
	struct pbl_partition p, again;
	struct pbl_error err = { 0 };

	if (saved_to_partition(j, &p, &err)) {
		must(err.exit, "an error without a sentence");
		return;
	}
	j = saved_partition(&p);
	must(!saved_to_partition(j, &again, &err), "a partition that is saved is not restored");
	must(!strcmp(p.name, again.name) && !memcmp(p.uuid, again.uuid, 16) &&
	     p.window_size == again.window_size, "a partition changes");
	json_decref(j);
	REACHED("a partition there and back");
}

static void check_resource(json_t *j)
{
	struct pbl_resource r, again;
	struct pbl_error err = { 0 };

	if (saved_to_resource(j, &r, &err)) {
		must(err.exit, "an error without a sentence");
		return;
	}
	j = saved_resource(&r);
	must(!saved_to_resource(j, &again, &err), "a resource that is saved is not restored");
	must(!strcmp(r.name, again.name) && !strcmp(r.backing, again.backing) &&
	     !strcmp(r.serial, again.serial) && r.class == again.class &&
	     r.size_bytes == again.size_bytes && r.read_only == again.read_only &&
	     pbl_attrs_equal(&r.attrs, &again.attrs), "a resource changes");
	json_decref(j);
	REACHED_IF(r.attrs.count > 1, "a resource there and back");
}

static void check_offer(json_t *j)
{
	char partition[PARTBUS_NAME_MAX], partition2[PARTBUS_NAME_MAX];
	struct pbl_error err = { 0 };
	struct pbl_offer o, again;

	if (saved_to_offer(j, &o, partition, sizeof(partition), &err)) {
		must(err.exit, "an error without a sentence");
		return;
	}
	j = saved_offer(&o, partition);
	must(!saved_to_offer(j, &again, partition2, sizeof(partition2), &err),
	     "an offer that is saved is not restored");
	must(!strcmp(o.resource, again.resource) && !strcmp(partition, partition2) &&
	     pbl_attrs_equal(&o.attrs, &again.attrs), "an offer changes");
	json_decref(j);
	REACHED("an offer there and back");
}

static void each(json_t *all, const char *key, void (*check)(json_t *j))
{
	json_t *j;
	size_t i;

	json_array_foreach(json_object_get(all, key), i, j) {
		if (json_is_object(j))
			check(j);
	}
}

static int run(const char *option, const char *command)
{
	char *argv[] = { (char *)"partbus", (char *)option, (char *)command, (char *)"f", NULL };

	return tool_run(fake_open, 4, argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *all = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	unsigned int objects;
	int ret;

	fake_reset();
	memset(&outside, 0, sizeof(outside));
	outside.file = data;
	outside.size = size;
	if (all) {
		each(all, "partitions", check_partition);
		each(all, "resources", check_resource);
		each(all, "offers", check_offer);
		json_decref(all);
	}
	ret = run(size & 1 ? "-j" : "-s", "restore");
	objects = fake.partitions + fake.resources + fake.offers;
	if (ret == PBL_OK) {
		/* The second time there is nothing to be done. */
		must(run("-s", "restore") == PBL_OK, "restored once, and not twice");
		must(objects == fake.partitions + fake.resources + fake.offers, "restored twice");
		REACHED_IF(objects > 3, "a state was restored");
	}
	REACHED_IF(ret == PBL_USAGE, "no saved state");
	return 0;
}

void fuzz_seeds(fuzz_emit emit)
{
	static const char all[] =
		"{\"partbus\":1,\"partitions\":[{\"name\":\"web\",\"uuid\":"
		"\"11111111-1111-1111-1111-111111111111\",\"window_size_bytes\":268435456},"
		"{\"name\":\"db\",\"id\":2,\"window_size_bytes\":\"1G\"}],\"resources\":["
		"{\"name\":\"disk0\",\"class\":\"block\",\"backing\":\"/dev/vg0/web disk\","
		"\"serial\":\"S1\",\"size_bytes\":8589934592,\"read_only\":false,\"attrs\":"
		"{\"cap_iops\":5000,\"cap_bytes_per_sec\":null,\"depth\":{\"least\":1,\"like\":7},"
		"\"fua\":true}}],\"offers\":[{\"partition\":\"web\",\"resource\":\"disk0\","
		"\"attrs\":{\"cap_iops\":\"18446744073709551614\"}},{\"partition\":\"db\","
		"\"resource\":\"disk0\",\"attrs\":{}}]}";

	emit("all", all, sizeof(all) - 1);
	emit("all-as-json", all, sizeof(all));
}
