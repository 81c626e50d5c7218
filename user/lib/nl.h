/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The netlink connection: one request and its answer, dumps, events. libnl
 * builds the messages; receiving is done here, since libnl knows nothing of
 * extended acknowledgements and the kernel's sentence would be lost.
 */
#ifndef PBL_NL_H
#define PBL_NL_H

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>
#include <sys/types.h>

#include "error.h"

/* Longest wait for an answer of the kernel, which answers within sendmsg(). */
#define PBL_NL_TIMEOUT_MSEC	10000
#define PBL_NL_BUFFER		65536

/**
 * struct pbl_attr_set - names of a set of attributes, for error messages
 * @names: by type, NULL for gaps
 * @max: largest type
 * @nested: set of a nested attribute by type, or NULL when there are none
 */
struct pbl_attr_set {
	const char *const *names;
	unsigned int max;
	const struct pbl_attr_set *const *nested;
};

extern const struct pbl_attr_set pbl_set_partition, pbl_set_resource, pbl_set_offer,
				 pbl_set_channel, pbl_set_attr;

/**
 * struct pbl_nl_ops - what carries messages; tests put a kernel of their own here
 * @send: whole message, 0 or -errno
 * @recv: one datagram; bytes, -ETIMEDOUT, or -errno
 * @close: may be NULL
 */
struct pbl_nl_ops {
	int (*send)(void *ctx, const void *data, size_t length);
	ssize_t (*recv)(void *ctx, void *data, size_t size, int timeout_msec);
	int (*join)(void *ctx, __u32 group);
	void (*close)(void *ctx);
};

struct pbl_nl {
	const struct pbl_nl_ops *ops;
	void *ctx;
	int fd;			/* to poll on, or -1 */
	__u16 family;
	__u32 group;		/* of events */
	__u32 version;		/* of the family */
	__u32 seq;
	bool broken;		/* an answer was missed: the next one cannot be trusted */
	unsigned char *buffer;
};

/* Called once per reply message with its attributes. Negative stops. */
typedef int (*pbl_nl_reply)(struct nlattr *attrs, int length, void *arg);
typedef void (*pbl_nl_restart)(void *arg);

int pbl_nl_open(struct pbl_nl *nl, struct pbl_error *err);
/* As above over something else than a socket. */
int pbl_nl_open_ops(struct pbl_nl *nl, const struct pbl_nl_ops *ops, void *ctx,
		    struct pbl_error *err);
void pbl_nl_close(struct pbl_nl *nl);

/* A request of our family, to be filled in; freed by pbl_nl_do(). */
struct nl_msg *pbl_nl_request(struct pbl_nl *nl, int cmd);
/* Sends, waits for the answer, frees @msg. @msg NULL or @failed: out of memory. */
int pbl_nl_do(struct pbl_nl *nl, struct nl_msg *msg, int failed, const struct pbl_attr_set *set,
	      pbl_nl_reply reply, void *arg, struct pbl_error *err);
/* @restart forgets what came so far: the dump was interrupted and begins anew. */
int pbl_nl_dump(struct pbl_nl *nl, int cmd, pbl_nl_reply reply, pbl_nl_restart restart,
		void *arg, struct pbl_error *err);

int pbl_nl_subscribe(struct pbl_nl *nl, struct pbl_error *err);
/*
 * One datagram of events; @reply per event. 0, -ETIMEDOUT, -ENOBUFS when some
 * were lost, or another error.
 */
int pbl_nl_events(struct pbl_nl *nl, int timeout_msec, pbl_nl_reply reply, void *arg);

/*
 * What an NLMSG_ERROR or NLMSG_DONE says. @request is the message it is about.
 * Return: 0 when it is no error, or -errno with @err filled in.
 */
int pbl_extack_parse(const struct nlmsghdr *answer, const struct nlmsghdr *request,
		     const struct pbl_attr_set *set, struct pbl_error *err);

/* Checked reads: false when the attribute is too short. */
bool pbl_get_u32(struct nlattr *attr, __u32 *value);
bool pbl_get_u64(struct nlattr *attr, __u64 *value);
bool pbl_get_uuid(struct nlattr *attr, __u8 uuid[16]);
/* Always terminated; what does not fit is cut. */
bool pbl_get_text(struct nlattr *attr, char *text, size_t size);

#endif
