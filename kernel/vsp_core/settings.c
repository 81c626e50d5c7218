// SPDX-License-Identifier: GPL-2.0
/* What an administrator sets of a resource: taking it over, and saying what is wrong. */
#include <linux/log2.h>
#include <linux/netlink.h>

#include "vsp_internal.h"

/* Adds what was given to @set; what was not stays as it is. */
int vsp_settings_merge(const struct partbus_resource_params *p, u32 class,
		       struct vsp_settings *set, struct netlink_ext_ack *extack)
{
	int i;

	if (p->has_size)
		set->size_bytes = p->size_bytes;
	if (p->has_read_only)
		set->read_only = p->read_only;

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		const struct pb_attr_info *info = &pb_attr_table[i];
		u64 value;

		if (!(p->limits.present & (1ULL << i)))
			continue;
		if (!pb_attr_of_class(i, class)) {
			NL_SET_ERR_MSG(extack, "an attribute does not belong to the resource's class");
			return -EINVAL;
		}
		if (info->rule == PB_RULE_FACT && info->class != PARTBUS_CLASS_NONE) {
			NL_SET_ERR_MSG(extack, "an attribute is a fact of the backing and cannot be set: for a block resource give size_bytes or read_only");
			return -EINVAL;
		}
		/* Whoever gives one number means it as both. */
		value = p->limits.like[i];
		if (value == PARTBUS_ATTR_ANY) {
			if (vsp_reserve_of(i)) {
				NL_SET_ERR_MSG(extack, "the total of a reserve must be a number");
				return -EINVAL;
			}
			/* No limit any more. */
			set->limits.present &= ~(1ULL << i);
			continue;
		}
		if (value < info->min || value > info->max) {
			NL_SET_ERR_MSG(extack, "an attribute is outside the range that a contract may have");
			return -ERANGE;
		}
		if (info->rule == PB_RULE_POW2 && !is_power_of_2(value)) {
			NL_SET_ERR_MSG(extack, "an attribute must be a power of two");
			return -EINVAL;
		}
		pb_ranges_set(&set->limits, i, value, value);
	}
	pb_ranges_uncap(&set->limits, &p->limits);

	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		const struct pb_attr_limit *l = &pb_attr_limits[i];

		if (!(set->limits.present & (1ULL << l->reserve)))
			continue;
		/* A cap holds for one client, so a total above it may make sense. */
		if (set->limits.present & (1ULL << l->cap) && !set->limits.like[l->cap]) {
			NL_SET_ERR_MSG(extack, "a reserve cannot be kept under a cap of 0");
			return -EINVAL;
		}
	}
	return 0;
}

/* Has more been promised to clients than @set has in total? */
int vsp_settings_keep_promises(const struct vsp_resource *res,
			       const struct vsp_settings *set, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < PB_ATTR_LIMITS; i++) {
		if (vsp_admission_promised(res, NULL, pb_attr_limits[i].reserve) <=
		    vsp_admission_total(set, pb_attr_limits[i].reserve))
			continue;
		NL_SET_ERR_MSG(extack, "clients have been promised a larger reserve than that: lower their offers first");
		return -EBUSY;
	}
	return 0;
}
