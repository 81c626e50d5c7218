// SPDX-License-Identifier: GPL-2.0
/* What sysfs shows of a channel end: /sys/bus/partbus/devices/.../. */
#include "bus.h"

#include <linux/sysfs.h>

#include <vmbus/admin.h>
#include <vmbus/channel.h>
#include <vmbus/channel_state.h>

static ssize_t resource_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s\n", to_partbus_channel(dev)->resource);
}
static DEVICE_ATTR_RO(resource);

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%pUb\n", &to_partbus_channel(dev)->uuid);
}
static DEVICE_ATTR_RO(uuid);

static ssize_t role_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	bool server = to_partbus_channel(dev)->role == PARTBUS_ROLE_SERVER;

	return sysfs_emit(buf, "%s\n", server ? "server" : "client");
}
static DEVICE_ATTR_RO(role);

static ssize_t class_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_partbus_channel(dev)->class);
}
static DEVICE_ATTR_RO(class);

static ssize_t peer_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", to_partbus_channel(dev)->peer);
}
static DEVICE_ATTR_RO(peer);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct partbus_channel *ch = to_partbus_channel(dev);

	return sysfs_emit(buf, "%s\n", pb_channel_state_name(READ_ONCE(ch->state)));
}
static DEVICE_ATTR_RO(state);

static ssize_t negotiation_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pb_admin *a = to_partbus_channel(dev)->admin;

	return sysfs_emit(buf, "%s\n", pb_neg_state_name(READ_ONCE(a->neg.state)));
}
static DEVICE_ATTR_RO(negotiation);

static ssize_t modalias_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct partbus_channel *ch = to_partbus_channel(dev);

	return sysfs_emit(buf, "partbus:r%uc%u\n", ch->role, ch->class);
}
static DEVICE_ATTR_RO(modalias);

static ssize_t contract_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pb_contract c;
	int i, at;

	if (!partbus_channel_contract(to_partbus_channel(dev), &c))
		return 0;
	at = sysfs_emit(buf, "epoch %u\n", c.epoch);
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!(c.present & BIT_ULL(i)))
			continue;
		if (c.value[i] == PARTBUS_ATTR_ANY)
			at += sysfs_emit_at(buf, at, "%s none\n", pb_attr_table[i].name);
		else
			at += sysfs_emit_at(buf, at, "%s %llu\n", pb_attr_table[i].name,
					    c.value[i]);
	}
	return at;
}
static DEVICE_ATTR_RO(contract);

static struct attribute *channel_attrs[] = {
	&dev_attr_resource.attr,
	&dev_attr_uuid.attr,
	&dev_attr_role.attr,
	&dev_attr_class.attr,
	&dev_attr_peer.attr,
	&dev_attr_state.attr,
	&dev_attr_negotiation.attr,
	&dev_attr_modalias.attr,
	&dev_attr_contract.attr,
	NULL
};

static const struct attribute_group channel_group = {
	.attrs = channel_attrs,
};

const struct attribute_group *pb_channel_groups[] = {
	&channel_group,
	NULL
};
