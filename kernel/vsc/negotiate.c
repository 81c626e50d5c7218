// SPDX-License-Identifier: GPL-2.0
/*
 * What a client asks for: the class's defaults, and over them what somebody
 * asked for by netlink. When messages go out is the bus's business.
 */
#include "core.h"

#include <linux/netlink.h>

/*
 * The class's least is what it needs to work and is never undercut; its like is
 * only a default.
 */
static void wish_user(struct pb_ranges *wish, const struct pb_ranges *user)
{
	int i;

	for (i = 0; i < PB_ATTR_COUNT; i++) {
		u64 least;

		if (!(user->present & BIT_ULL(i)))
			continue;
		least = user->least[i];
		if (wish->present & BIT_ULL(i))
			least = max_t(u64, least, wish->least[i]);
		pb_ranges_set(wish, i, least, max_t(u64, least, user->like[i]));
	}
}

int pb_negotiate_wish(struct partbus_channel *ch, const struct pb_ranges *offer,
		      struct pb_ranges *wish, struct pb_refusal *why)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;

	if (offer) {
		int ret = pb_contract_choose(offer, &path->wish, why);

		if (ret)
			return ret;
	} else {
		/* Each negotiation begins with the full wish: what was not to be
		 * had last time may be there now.
		 */
		memset(&path->wish, 0, sizeof(path->wish));
		mutex_lock(&head->lock);
		head->class->ops->defaults(head, &path->wish);
		wish_user(&path->wish, &head->user);
		mutex_unlock(&head->lock);
	}
	*wish = path->wish;
	return 0;
}

int pb_negotiate_consider(struct partbus_channel *ch, const struct pb_contract *contract,
			  struct pb_refusal *why)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;
	int ret;

	ret = pb_contract_check(ch->class, contract, &path->wish, why);
	if (ret)
		return ret;
	mutex_lock(&head->lock);
	ret = head->class->ops->consider(head, contract, why);
	mutex_unlock(&head->lock);
	return ret;
}

/* Head's lock held. What was asked for last has been granted, or has not. */
void pb_negotiate_settle(struct partbus_vsc_head *head, bool granted)
{
	lockdep_assert_held(&head->lock);
	if (head->user_asked && !granted)
		head->user = head->user_before;
	head->user_asked = false;
}

/*
 * Somebody asked for another contract. It is remembered for all paths, those to
 * come included; least 0 and like PARTBUS_ATTR_ANY take an earlier word back. A
 * request that is refused is forgotten, or it would spoil all that follow.
 */
int partbus_vsc_request(struct partbus_channel *ch, const struct pb_ranges *wish,
			struct netlink_ext_ack *extack)
{
	struct partbus_vsc_path *path = partbus_get_drvdata(ch);
	struct partbus_vsc_head *head = path->head;
	int i;

	if (!wish->present) {
		NL_SET_ERR_MSG(extack, "no attribute is asked for");
		return -EINVAL;
	}
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!(wish->present & BIT_ULL(i)))
			continue;
		if (!pb_attr_of_class(i, ch->class)) {
			NL_SET_ERR_MSG(extack, "an attribute does not belong to the channel's class");
			return -EINVAL;
		}
		if (wish->least[i] > wish->like[i]) {
			NL_SET_ERR_MSG(extack, "the least of an attribute is above what is liked");
			return -EINVAL;
		}
	}

	mutex_lock(&head->lock);
	if (!head->user_asked)
		head->user_before = head->user;
	head->user_asked = true;
	for (i = 0; i < PB_ATTR_COUNT; i++) {
		if (!(wish->present & BIT_ULL(i)))
			continue;
		if (!wish->least[i] && wish->like[i] == PARTBUS_ATTR_ANY)
			head->user.present &= ~BIT_ULL(i);
		else
			pb_ranges_set(&head->user, i, wish->least[i], wish->like[i]);
	}
	pb_ranges_uncap(&head->user, wish);
	mutex_unlock(&head->lock);
	return 0;
}
