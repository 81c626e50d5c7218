// SPDX-License-Identifier: GPL-2.0
/* Attributes of a disk: /sys/block/pbdN/serial and /sys/block/pbdN/partbus/. */
#include "blk.h"

#include <linux/kstrtox.h>

static struct pbd_disk *pbd_of_dev(struct device *dev)
{
	return dev_to_disk(dev)->private_data;
}

static ssize_t uuid_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%pUb\n", &pbd_of_dev(dev)->head.uuid);
}
static DEVICE_ATTR_RO(uuid);

static ssize_t resource_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pbd_disk *d = pbd_of_dev(dev);
	ssize_t len;

	mutex_lock(&d->head.lock);
	len = sysfs_emit(buf, "%s\n", d->head.resource);
	mutex_unlock(&d->head.lock);
	return len;
}
static DEVICE_ATTR_RO(resource);

static ssize_t serial_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pbd_disk *d = pbd_of_dev(dev);
	ssize_t len;

	mutex_lock(&d->head.lock);
	len = sysfs_emit(buf, "%s\n", d->head.serial);
	mutex_unlock(&d->head.lock);
	return len;
}
static DEVICE_ATTR_RO(serial);

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pbd_disk *d = pbd_of_dev(dev);
	ssize_t len;

	mutex_lock(&d->head.lock);
	len = sysfs_emit(buf, "%s\n", pbd_path_state(d->state));
	mutex_unlock(&d->head.lock);
	return len;
}
static DEVICE_ATTR_RO(state);

/* Id of the live path's channel; an empty line when there is none. */
static ssize_t channel_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pbd_disk *d = pbd_of_dev(dev);
	ssize_t len;

	mutex_lock(&d->head.lock);
	if (d->head.live)
		len = sysfs_emit(buf, "%u\n", d->head.live->ch->id);
	else
		len = sysfs_emit(buf, "\n");
	mutex_unlock(&d->head.lock);
	return len;
}
static DEVICE_ATTR_RO(channel);

/* The contract in force, or the last that was: a line of name and value each. */
static ssize_t contract_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct pbd_disk *d = pbd_of_dev(dev);
	int i, len = 0;

	mutex_lock(&d->head.lock);
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!(d->contract.present & BIT_ULL(i)))
			continue;
		if (d->contract.value[i] == PARTBUS_ATTR_ANY)
			len += sysfs_emit_at(buf, len, "%s none\n", pb_attr_table[i].name);
		else
			len += sysfs_emit_at(buf, len, "%s %llu\n", pb_attr_table[i].name,
					     d->contract.value[i]);
	}
	mutex_unlock(&d->head.lock);
	return len;
}
static DEVICE_ATTR_RO(contract);

/*
 * Seconds that requests wait for a path before they fail, 0 for ever. Once they
 * fail, a new value counts from the next time that the path is lost.
 */
static ssize_t no_path_timeout_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(pbd_of_dev(dev)->no_path_timeout));
}

static ssize_t no_path_timeout_store(struct device *dev, struct device_attribute *attr,
				     const char *buf, size_t count)
{
	unsigned int seconds;
	int ret;

	ret = kstrtouint(buf, 0, &seconds);
	if (!ret)
		ret = pbd_path_set_timeout(pbd_of_dev(dev), seconds);
	return ret ? ret : count;
}
static DEVICE_ATTR_RW(no_path_timeout);

/*
 * Writing 1 gives up a disk whose provider will not come back; only while it has
 * no channel, or a broken one. What it holds fails.
 */
static ssize_t delete_store(struct device *dev, struct device_attribute *attr,
			    const char *buf, size_t count)
{
	bool yes;
	int ret;

	ret = kstrtobool(buf, &yes);
	if (!ret && yes)
		ret = partbus_vsc_head_forget(&pbd_of_dev(dev)->head);
	return ret ? ret : count;
}
static DEVICE_ATTR_WO(delete);

static struct attribute *disk_attrs[] = {
	&dev_attr_serial.attr,
	NULL
};

static const struct attribute_group disk_group = {
	.attrs = disk_attrs,
};

static struct attribute *partbus_attrs[] = {
	&dev_attr_uuid.attr,
	&dev_attr_resource.attr,
	&dev_attr_state.attr,
	&dev_attr_channel.attr,
	&dev_attr_contract.attr,
	&dev_attr_no_path_timeout.attr,
	&dev_attr_delete.attr,
	NULL
};

static const struct attribute_group partbus_group = {
	.name = "partbus",
	.attrs = partbus_attrs,
};

const struct attribute_group *pbd_disk_groups[] = {
	&disk_group,
	&partbus_group,
	NULL
};
