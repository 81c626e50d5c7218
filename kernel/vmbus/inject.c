// SPDX-License-Identifier: GPL-2.0
/*
 * What a test has set an injection point to do, and doing it. Each point has one
 * rule and one file, /sys/kernel/debug/partbus/inject/POINT:
 *
 *	ACTION [channel N] [role client|server] [type WORD] [skip N] [times N]
 *
 * where ACTION is stop, delay MSECS, drop, garble OFFSET XOR or fail ERRNO; "go"
 * releases who was stopped, "off" takes the rule away and releases them, too.
 * Reading tells the rule, how often it was obeyed, and who stands there.
 *
 * Why not the kernel's fault injection alone: it answers yes or no, by chance,
 * where this must stop a thread at one message of one channel; and the kernels of
 * distributions do not have it. Where it is there, each point has its attributes,
 * too, in POINT.random, and obeys its rule only if they say so.
 */
#include <vmbus/inject.h>

#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/export.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include <compat/fault.h>
#include <partbus/channel.h>
#include <partbus/contract.h>
#include <partbus/ctrl.h>
#include <vmbus/partbus.h>

#define DELAY_MAX	60000u		/* milliseconds, where sleeping is allowed */
#define DELAY_MAX_BUSY	20u		/* milliseconds, where it is not */
#define RULE_WORDS	16

enum inject_action {
	INJECT_OFF,
	INJECT_STOP,
	INJECT_DELAY,
	INJECT_DROP,
	INJECT_GARBLE,
	INJECT_FAIL,
};

static const char *const action_names[] = {
	[INJECT_OFF] = "off",
	[INJECT_STOP] = "stop",
	[INJECT_DELAY] = "delay",
	[INJECT_DROP] = "drop",
	[INJECT_GARBLE] = "garble",
	[INJECT_FAIL] = "fail",
};

static const char *const state_types[] = {
	[PARTBUS_CHANNEL_STATE_OFFERED] = "offered",
	[PARTBUS_CHANNEL_STATE_OPENING] = "opening",
	[PARTBUS_CHANNEL_STATE_OPEN] = "open",
	[PARTBUS_CHANNEL_STATE_CLOSING] = "closing",
	[PARTBUS_CHANNEL_STATE_CLOSED] = "closed",
	[PARTBUS_CHANNEL_STATE_BROKEN] = "broken",
};

static const char *const neg_types[PARTBUS_NEG_TYPE_END] = {
	[PARTBUS_NEG_INITIALIZE] = "initialize",
	[PARTBUS_NEG_INITIALIZE_COMPLETE] = "initialize-complete",
	[PARTBUS_NEG_REQUEST_BANDWIDTH] = "request",
	[PARTBUS_NEG_REQUEST_BANDWIDTH_COMPLETE] = "request-complete",
	[PARTBUS_NEG_START] = "start",
	[PARTBUS_NEG_START_COMPLETE] = "start-complete",
};

static const char *const ctrl_types[PARTBUS_CTRL_TYPE_END] = {
	[PARTBUS_CTRL_HELLO] = "hello",
	[PARTBUS_CTRL_HELLO_ACK] = "hello-ack",
	[PARTBUS_CTRL_OFFER] = "offer",
	[PARTBUS_CTRL_RESCIND] = "rescind",
	[PARTBUS_CTRL_RELEASED] = "released",
	[PARTBUS_CTRL_DATA_PLACED] = "data-placed",
	[PARTBUS_CTRL_BROKEN] = "broken",
	[PARTBUS_CTRL_WITHDRAWN] = "withdrawn",
};

static const char *const decide_types[] = {
	[PARTBUS_INJECT_DECIDE_WISH] = "wish",
	[PARTBUS_INJECT_DECIDE_CONSIDER] = "consider",
	[PARTBUS_INJECT_DECIDE_EVALUATE] = "evaluate",
	[PARTBUS_INJECT_DECIDE_QUIESCE] = "quiesce",
};

static const char *const placed_types[] = {
	[PARTBUS_INJECT_PLACED_ADMIN] = "admin",
	[PARTBUS_INJECT_PLACED_DATA] = "data",
};

#define TYPES(t)	.types = t, .nr_types = ARRAY_SIZE(t)
#define MAY(a)		(1u << INJECT_##a)
#define WAITS		(MAY(OFF) | MAY(STOP) | MAY(DELAY))
#define SENDS		(MAY(DROP) | MAY(GARBLE))

static const struct inject_info {
	const char *name;
	unsigned int may;		/* bits of enum inject_action */
	bool busy;			/* in any context */
	const char *const *types;
	unsigned int nr_types;
} inject_info[PARTBUS_INJECT_POINTS] = {
	[PARTBUS_INJECT_STATE] = { "state", WAITS, TYPES(state_types) },
	[PARTBUS_INJECT_NEG_SEND] = { "neg-send", WAITS | SENDS, TYPES(neg_types) },
	[PARTBUS_INJECT_NEG_SENT] = { "neg-sent", WAITS, TYPES(neg_types) },
	[PARTBUS_INJECT_NEG_RECEIVE] = { "neg-receive", WAITS, TYPES(neg_types) },
	[PARTBUS_INJECT_NEG_HANDLED] = { "neg-handled", WAITS, TYPES(neg_types) },
	[PARTBUS_INJECT_DECIDE] = { "decide", WAITS, TYPES(decide_types) },
	[PARTBUS_INJECT_START] = { "start", WAITS | MAY(FAIL) },
	[PARTBUS_INJECT_CTRL_SEND] = { "ctrl-send", WAITS | SENDS, TYPES(ctrl_types) },
	[PARTBUS_INJECT_CTRL_RECEIVE] = { "ctrl-receive", WAITS, TYPES(ctrl_types) },
	[PARTBUS_INJECT_NONCE] = { "nonce", WAITS },
	[PARTBUS_INJECT_SECTION] = { "section", WAITS | MAY(FAIL) },
	[PARTBUS_INJECT_PLACE] = { "place", WAITS | MAY(FAIL) },
	[PARTBUS_INJECT_PLACED] = { "placed", WAITS, TYPES(placed_types) },
	[PARTBUS_INJECT_TAKE] = { "take", WAITS },
	[PARTBUS_INJECT_ENTRY] = { "entry", MAY(OFF) | MAY(DELAY) | SENDS, .busy = true },
	[PARTBUS_INJECT_BELL] = { "bell", MAY(OFF) | MAY(DELAY) | MAY(DROP), .busy = true },
};

/**
 * struct inject_rule - what to do, and for whom
 * @action: enum inject_action
 * @arg: milliseconds, an offset, or an errno
 * @mask: for INJECT_GARBLE
 * @channel: id, or 0 for any
 * @role: PARTBUS_ROLE_*, or U32_MAX for any
 * @type: of the point's types, or U32_MAX for any
 * @skip: this many that match are let pass first
 * @times: and this many obey; 0: all that follow
 */
struct inject_rule {
	enum inject_action action;
	u32 arg;
	u32 mask;
	u32 channel;
	u32 role;
	u32 type;
	u32 skip;
	u32 times;
};

/**
 * struct inject_state - a point
 * @lock: guards all but @wait and @fault; irq-safe, innermost
 * @rule: see above; read without the lock to see that there is none
 * @hits: how often this rule was obeyed
 * @waiting: threads that stand here
 * @gate: counts releases
 * @wait: where they stand
 * @fault: the kernel's attributes, if it has such
 */
static struct inject_state {
	spinlock_t lock;
	struct inject_rule rule;
	u32 hits;
	u32 waiting;
	unsigned long gate;
	wait_queue_head_t wait;
	struct pb_fault fault;
} inject_state[PARTBUS_INJECT_POINTS];

static struct dentry *inject_dir;

static bool rule_matches(const struct inject_rule *r, const struct partbus_channel *ch, u32 type)
{
	if (r->type != U32_MAX && r->type != type)
		return false;
	if (r->channel && (!ch || ch->id != r->channel))
		return false;
	return r->role == U32_MAX || (ch && ch->role == r->role);
}

/* What is to be done now; @gate: for inject_wait(). */
static struct inject_rule inject_obey(enum partbus_inject_point point,
				      const struct partbus_channel *ch, u32 type,
				      unsigned long *gate)
{
	struct inject_state *s = &inject_state[point];
	struct inject_rule rule = { .action = INJECT_OFF };
	unsigned long flags;

	if (READ_ONCE(s->rule.action) == INJECT_OFF)
		return rule;
	spin_lock_irqsave(&s->lock, flags);
	if (s->rule.action == INJECT_OFF || !rule_matches(&s->rule, ch, type))
		goto out;
	if (s->rule.skip) {
		s->rule.skip--;
		goto out;
	}
	if ((s->rule.times && s->hits >= s->rule.times) || !pb_fault_now(&s->fault))
		goto out;
	s->hits++;
	rule = s->rule;
	*gate = s->gate;
	if (rule.action == INJECT_STOP)
		s->waiting++;
out:
	spin_unlock_irqrestore(&s->lock, flags);
	return rule;
}

/* Not counted as load, nor as a task that hangs: it stands here by order. */
static void inject_stop(struct inject_state *s, unsigned long gate)
{
	wait_event_idle(s->wait, READ_ONCE(s->gate) != gate);
	spin_lock_irq(&s->lock);
	s->waiting--;
	spin_unlock_irq(&s->lock);
}

/* Where the rule is one that takes time. */
static void inject_wait(enum partbus_inject_point point, const struct inject_rule *rule,
			unsigned long gate)
{
	if (rule->action == INJECT_STOP)
		inject_stop(&inject_state[point], gate);
	else if (rule->action == INJECT_DELAY && inject_info[point].busy)
		mdelay(rule->arg);
	else if (rule->action == INJECT_DELAY)
		msleep(rule->arg);
}

bool partbus_inject_send(enum partbus_inject_point point, const struct partbus_channel *ch,
			 u32 type, void *data, size_t size)
{
	unsigned long gate = 0;
	struct inject_rule rule = inject_obey(point, ch, type, &gate);

	inject_wait(point, &rule, gate);
	if (rule.action == INJECT_GARBLE && rule.arg < size)
		((u8 *)data)[rule.arg] ^= rule.mask;
	return rule.action == INJECT_DROP;
}
EXPORT_SYMBOL_GPL(partbus_inject_send);

bool partbus_inject_entry(const struct partbus_channel *ch, const void **entry, void *room,
			  size_t size)
{
	memcpy(room, *entry, size);
	*entry = room;
	return partbus_inject_send(PARTBUS_INJECT_ENTRY, ch, 0, room, size);
}

int partbus_inject(enum partbus_inject_point point, const struct partbus_channel *ch, u32 type)
{
	unsigned long gate = 0;
	struct inject_rule rule = inject_obey(point, ch, type, &gate);

	inject_wait(point, &rule, gate);
	return rule.action == INJECT_FAIL ? -(int)rule.arg : 0;
}
EXPORT_SYMBOL_GPL(partbus_inject);

static void inject_set(struct inject_state *s, const struct inject_rule *rule, bool release)
{
	spin_lock_irq(&s->lock);
	if (rule) {
		s->rule = *rule;
		s->hits = 0;
	}
	if (release)
		WRITE_ONCE(s->gate, s->gate + 1);
	spin_unlock_irq(&s->lock);
	if (release)
		wake_up_all(&s->wait);
}

static int parse_number(char *word, u32 max, u32 *value)
{
	int ret = word ? kstrtou32(word, 0, value) : -EINVAL;

	return ret ?: (*value > max ? -ERANGE : 0);
}

static int parse_word(char *word, const char *const *names, unsigned int n, u32 *value)
{
	unsigned int i;

	for (i = 0; word && i < n; i++) {
		if (names[i] && !strcmp(names[i], word)) {
			*value = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_action(const struct inject_info *info, char **words, unsigned int *at,
			struct inject_rule *r)
{
	u32 action;
	int ret;

	ret = parse_word(words[(*at)++], action_names, ARRAY_SIZE(action_names), &action);
	if (ret)
		return ret;
	r->action = action;
	if (!(info->may & (1u << r->action)))
		return -EOPNOTSUPP;
	switch (r->action) {
	case INJECT_DELAY:
		return parse_number(words[(*at)++], info->busy ? DELAY_MAX_BUSY : DELAY_MAX,
				    &r->arg);
	case INJECT_GARBLE:
		return parse_number(words[(*at)++], PAGE_SIZE, &r->arg) ?:
		       parse_number(words[(*at)++], U8_MAX, &r->mask);
	case INJECT_FAIL:
		return parse_number(words[(*at)++], MAX_ERRNO, &r->arg);
	default:
		return 0;
	}
}

/* @words ends with NULLs: there is always one more to look at. */
static int parse_rule(const struct inject_info *info, char **words, struct inject_rule *r)
{
	static const char *const roles[] = {
		[PARTBUS_ROLE_CLIENT] = "client",
		[PARTBUS_ROLE_SERVER] = "server",
	};
	unsigned int at = 0;
	int ret;

	*r = (struct inject_rule){ .role = U32_MAX, .type = U32_MAX, .times = 1 };
	ret = parse_action(info, words, &at, r);
	while (!ret && words[at]) {
		char *key = words[at++], *value = words[at++];

		if (!strcmp(key, "channel"))
			ret = parse_number(value, U32_MAX, &r->channel);
		else if (!strcmp(key, "role"))
			ret = parse_word(value, roles, ARRAY_SIZE(roles), &r->role);
		else if (!strcmp(key, "type"))
			ret = parse_word(value, info->types, info->nr_types, &r->type);
		else if (!strcmp(key, "skip"))
			ret = parse_number(value, U32_MAX, &r->skip);
		else if (!strcmp(key, "times"))
			ret = parse_number(value, U32_MAX, &r->times);
		else
			ret = -EINVAL;
	}
	return ret;
}

static ssize_t inject_write(struct file *file, const char __user *user, size_t size, loff_t *pos)
{
	unsigned long point = (unsigned long)file_inode(file)->i_private;
	struct inject_state *s = &inject_state[point];
	char *words[RULE_WORDS + 2] = {};
	char *text, *rest, *word;
	struct inject_rule rule;
	unsigned int n = 0;
	int ret = 0;

	if (size > 256)
		return -E2BIG;
	text = memdup_user_nul(user, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	rest = text;
	while ((word = strsep(&rest, " \t\n"))) {
		if (!*word)
			continue;
		if (n == RULE_WORDS) {
			ret = -E2BIG;
			goto out;
		}
		words[n++] = word;
	}
	if (n == 1 && !strcmp(words[0], "go")) {
		inject_set(s, NULL, true);
		goto out;
	}
	ret = parse_rule(&inject_info[point], words, &rule);
	if (!ret)
		inject_set(s, &rule, rule.action == INJECT_OFF);
out:
	kfree(text);
	return ret ?: size;
}

static int inject_show(struct seq_file *m, void *v)
{
	unsigned long point = (unsigned long)m->private;
	struct inject_state *s = &inject_state[point];
	struct inject_rule r;
	u32 hits, waiting;

	spin_lock_irq(&s->lock);
	r = s->rule;
	hits = s->hits;
	waiting = s->waiting;
	spin_unlock_irq(&s->lock);
	seq_printf(m, "%s hits %u waiting %u\n", action_names[r.action], hits, waiting);
	return 0;
}

static int inject_open(struct inode *inode, struct file *file)
{
	return single_open(file, inject_show, inode->i_private);
}

static const struct file_operations inject_fops = {
	.owner = THIS_MODULE,
	.open = inject_open,
	.read = seq_read,
	.write = inject_write,
	.llseek = seq_lseek,
	.release = single_release,
};

void pb_inject_init(void)
{
	struct dentry *top = debugfs_create_dir("partbus", NULL);
	struct dentry *dir = debugfs_create_dir("inject", top);
	unsigned long point;
	char name[32];

	inject_dir = top;
	for (point = 0; point < PARTBUS_INJECT_POINTS; point++) {
		struct inject_state *s = &inject_state[point];

		spin_lock_init(&s->lock);
		init_waitqueue_head(&s->wait);
		debugfs_create_file(inject_info[point].name, 0600, dir, (void *)point,
				    &inject_fops);
		snprintf(name, sizeof(name), "%s.random", inject_info[point].name);
		pb_fault_init(&s->fault, name, dir);
	}
}

/* Nobody stands anywhere: each would hold a channel end, and that this module. */
void pb_inject_exit(void)
{
	debugfs_remove(inject_dir);
}
