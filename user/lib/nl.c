// SPDX-License-Identifier: GPL-2.0
/*
 * Requests, dumps and events over one generic netlink socket. No wait is
 * unbounded, and nothing here knows an object of the bus.
 */
#include "nl.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/genl/genl.h>
#include <partbus/genl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DUMP_TRIES	16

bool pbl_get_u32(struct nlattr *attr, __u32 *value)
{
	if (nla_len(attr) < (int)sizeof(*value))
		return false;
	memcpy(value, nla_data(attr), sizeof(*value));
	return true;
}

bool pbl_get_u64(struct nlattr *attr, __u64 *value)
{
	if (nla_len(attr) < (int)sizeof(*value))
		return false;
	memcpy(value, nla_data(attr), sizeof(*value));
	return true;
}

bool pbl_get_uuid(struct nlattr *attr, __u8 uuid[16])
{
	if (nla_len(attr) < 16)
		return false;
	memcpy(uuid, nla_data(attr), 16);
	return true;
}

bool pbl_get_text(struct nlattr *attr, char *text, size_t size)
{
	size_t length = strnlen(nla_data(attr), nla_len(attr));

	if (length >= size)
		length = size - 1;
	memcpy(text, nla_data(attr), length);
	text[length] = '\0';
	return true;
}

static int socket_send(void *ctx, const void *data, size_t length)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	do {
		n = sendto((int)(long)ctx, data, length, 0, (void *)&kernel, sizeof(kernel));
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static ssize_t socket_recv(void *ctx, void *data, size_t size, int timeout_msec)
{
	struct pollfd p = { .fd = (int)(long)ctx, .events = POLLIN };

	for (;;) {
		struct sockaddr_nl from = { 0 };
		struct iovec iov = { .iov_base = data, .iov_len = size };
		struct msghdr msg = {
			.msg_name = &from, .msg_namelen = sizeof(from),
			.msg_iov = &iov, .msg_iovlen = 1,
		};
		ssize_t n;
		int ret = poll(&p, 1, timeout_msec);

		if (ret < 0)
			return -errno;
		if (!ret)
			return -ETIMEDOUT;
		n = recvmsg(p.fd, &msg, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n < 0)
			return -errno;
		if (msg.msg_flags & MSG_TRUNC)
			return -EMSGSIZE;
		/* Other processes may write to a netlink socket, too. */
		if (from.nl_pid)
			continue;
		return n;
	}
}

static int socket_join(void *ctx, __u32 group)
{
	if (setsockopt((int)(long)ctx, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)))
		return -errno;
	return 0;
}

static void socket_close(void *ctx)
{
	close((int)(long)ctx);
}

static const struct pbl_nl_ops socket_ops = {
	.send = socket_send,
	.recv = socket_recv,
	.join = socket_join,
	.close = socket_close,
};

static int find_group(struct pbl_nl *nl, struct nlattr *groups)
{
	struct nlattr *group, *a;
	int rest, rest2;

	nla_for_each_nested(group, groups, rest) {
		char name[GENL_NAMSIZ] = "";
		__u32 id = 0;

		nla_for_each_nested(a, group, rest2) {
			if (nla_type(a) == CTRL_ATTR_MCAST_GRP_NAME)
				pbl_get_text(a, name, sizeof(name));
			else if (nla_type(a) == CTRL_ATTR_MCAST_GRP_ID)
				pbl_get_u32(a, &id);
		}
		if (!strcmp(name, PARTBUS_MCGRP_EVENTS))
			nl->group = id;
	}
	return 0;
}

static int family_reply(struct nlattr *attrs, int length, void *arg)
{
	struct pbl_nl *nl = arg;
	struct nlattr *a;
	int rest;

	nla_for_each_attr(a, attrs, length, rest) {
		switch (nla_type(a)) {
		case CTRL_ATTR_FAMILY_ID:
			if (nla_len(a) >= 2)
				nl->family = nla_get_u16(a);
			break;
		case CTRL_ATTR_VERSION:
			pbl_get_u32(a, &nl->version);
			break;
		case CTRL_ATTR_MCAST_GROUPS:
			find_group(nl, a);
			break;
		}
	}
	return 0;
}

static struct nl_msg *new_request(struct pbl_nl *nl, __u16 family, int flags, int cmd, int version)
{
	/* A page holds every request but one with very many attributes. */
	struct nl_msg *msg = nlmsg_alloc_size(16384);

	if (msg && !genlmsg_put(msg, 0, ++nl->seq, family, 0, flags, cmd, version)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

struct nl_msg *pbl_nl_request(struct pbl_nl *nl, int cmd)
{
	return new_request(nl, nl->family, NLM_F_REQUEST | NLM_F_ACK, cmd, PARTBUS_FAMILY_VERSION);
}

static int resolve(struct pbl_nl *nl, struct pbl_error *err)
{
	struct nl_msg *msg = new_request(nl, GENL_ID_CTRL, NLM_F_REQUEST | NLM_F_ACK,
					 CTRL_CMD_GETFAMILY, 1);
	int failed = msg ? nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, PARTBUS_FAMILY_NAME) : 0;
	int ret = pbl_nl_do(nl, msg, failed, NULL, family_reply, nl, err);

	if (ret == -ENOENT || (!ret && !nl->family))
		return pbl_error_set(err, PBL_NO_KERNEL, ENOENT,
				     "the kernel has no netlink family \"%s\"; load the modules "
				     "(modprobe partbus_host on a host, partbus_pci in a guest)",
				     PARTBUS_FAMILY_NAME);
	return ret;
}

int pbl_nl_open_ops(struct pbl_nl *nl, const struct pbl_nl_ops *ops, void *ctx,
		    struct pbl_error *err)
{
	int ret;

	memset(nl, 0, sizeof(*nl));
	nl->ops = ops;
	nl->ctx = ctx;
	nl->fd = -1;
	nl->buffer = malloc(PBL_NL_BUFFER);
	if (!nl->buffer) {
		pbl_nl_close(nl);
		return pbl_error_set(err, PBL_LOCAL, ENOMEM, "netlink");
	}
	ret = resolve(nl, err);
	if (ret)
		pbl_nl_close(nl);
	return ret;
}

int pbl_nl_open(struct pbl_nl *nl, struct pbl_error *err)
{
	int one = 1, size = 1 << 20, ret;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	memset(nl, 0, sizeof(*nl));
	nl->fd = -1;
	if (fd < 0)
		return pbl_error_set(err, PBL_NO_KERNEL, errno, "no generic netlink");
	/* Without these the kernel sends a bare number; an old kernel may lack them. */
	setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	/* Events come in storms; the forced size needs a privilege, the other does not. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	ret = pbl_nl_open_ops(nl, &socket_ops, (void *)(long)fd, err);
	if (!ret)
		nl->fd = fd;
	return ret;
}

void pbl_nl_close(struct pbl_nl *nl)
{
	if (nl->ops && nl->ops->close)
		nl->ops->close(nl->ctx);
	free(nl->buffer);
	memset(nl, 0, sizeof(*nl));
	nl->fd = -1;
}

struct receiving {
	const struct nlmsghdr *request;
	const struct pbl_attr_set *set;
	pbl_nl_reply reply;
	void *arg;
	bool interrupted;
	bool done;
	int result;
};

static void receive_one(struct receiving *r, struct nlmsghdr *h, struct pbl_error *err)
{
	int header = NLMSG_HDRLEN + GENL_HDRLEN;

	if (h->nlmsg_flags & NLM_F_DUMP_INTR)
		r->interrupted = true;
	switch (h->nlmsg_type) {
	case NLMSG_ERROR:
	case NLMSG_DONE: {
		struct pbl_error own = { 0 };
		int ret = pbl_extack_parse(h, r->request, r->set, &own);

		/* What our own callback found wrong came first. */
		if (ret && !r->result) {
			r->result = ret;
			if (err)
				*err = own;
		}
		r->done = true;
		return;
	}
	case NLMSG_NOOP:
		return;
	}
	if (h->nlmsg_type < NLMSG_MIN_TYPE || (int)h->nlmsg_len < header || !r->reply || r->result)
		return;
	r->result = r->reply((struct nlattr *)((char *)h + header), (int)h->nlmsg_len - header,
			     r->arg);
	if (r->result)
		pbl_error_set(err, PBL_LOCAL, -r->result, "the kernel's answer cannot be used");
}

static int transact(struct pbl_nl *nl, struct nl_msg *msg, struct receiving *r,
		    struct pbl_error *err)
{
	const struct nlmsghdr *request = nlmsg_hdr(msg);
	ssize_t length;
	int ret;

	r->request = request;
	if (nl->broken)
		return pbl_error_set(err, PBL_TIMEOUT, EIO, "netlink is out of step");
	ret = nl->ops->send(nl->ctx, request, request->nlmsg_len);
	if (ret)
		return pbl_error_set(err, pbl_exit_of_errno(-ret), -ret, "cannot ask the kernel");
	while (!r->done) {
		struct nlmsghdr *h = (struct nlmsghdr *)nl->buffer;
		int rest;

		length = nl->ops->recv(nl->ctx, nl->buffer, PBL_NL_BUFFER, PBL_NL_TIMEOUT_MSEC);
		if (length < 0) {
			nl->broken = true;
			return pbl_error_set(err, pbl_exit_of_errno(-length), -length,
					     "no answer from the kernel");
		}
		rest = length;
		for (; nlmsg_ok(h, rest) && !r->done; h = nlmsg_next(h, &rest)) {
			/* Leftovers of an earlier request, or an event. */
			if (h->nlmsg_seq != request->nlmsg_seq)
				continue;
			receive_one(r, h, err);
		}
	}
	return r->result;
}

int pbl_nl_do(struct pbl_nl *nl, struct nl_msg *msg, int failed, const struct pbl_attr_set *set,
	      pbl_nl_reply reply, void *arg, struct pbl_error *err)
{
	struct receiving r = { .set = set, .reply = reply, .arg = arg };
	int ret;

	if (!msg || failed)
		ret = pbl_error_set(err, PBL_LOCAL, msg ? EMSGSIZE : ENOMEM,
				    "the request does not fit into a message");
	else
		ret = transact(nl, msg, &r, err);
	if (msg)
		nlmsg_free(msg);
	return ret;
}

int pbl_nl_dump(struct pbl_nl *nl, int cmd, pbl_nl_reply reply, pbl_nl_restart restart,
		void *arg, struct pbl_error *err)
{
	for (int i = 0; i < DUMP_TRIES; i++) {
		struct receiving r = { .reply = reply, .arg = arg };
		struct nl_msg *msg = new_request(nl, nl->family, NLM_F_REQUEST | NLM_F_DUMP, cmd,
						 PARTBUS_FAMILY_VERSION);
		int ret;

		if (!msg)
			return pbl_error_set(err, PBL_LOCAL, ENOMEM, "netlink");
		ret = transact(nl, msg, &r, err);
		nlmsg_free(msg);
		if (ret || !r.interrupted)
			return ret;
		/* The list changed under the dump and may lack or repeat rows. */
		restart(arg);
	}
	return pbl_error_set(err, PBL_TIMEOUT, EAGAIN,
			     "the kernel's list changed during each of %d attempts to read it",
			     DUMP_TRIES);
}

int pbl_nl_subscribe(struct pbl_nl *nl, struct pbl_error *err)
{
	int ret = nl->group ? nl->ops->join(nl->ctx, nl->group) : -ENOENT;

	if (ret)
		return pbl_error_set(err, ret == -ENOENT ? PBL_NO_KERNEL : pbl_exit_of_errno(-ret),
				     -ret, "no events from the kernel");
	return 0;
}

int pbl_nl_events(struct pbl_nl *nl, int timeout_msec, pbl_nl_reply reply, void *arg)
{
	int header = NLMSG_HDRLEN + GENL_HDRLEN, ret = 0;
	struct nlmsghdr *h = (struct nlmsghdr *)nl->buffer;
	ssize_t length = nl->ops->recv(nl->ctx, nl->buffer, PBL_NL_BUFFER, timeout_msec);
	int rest;

	if (length < 0)
		return length;
	rest = length;
	for (; !ret && nlmsg_ok(h, rest); h = nlmsg_next(h, &rest)) {
		struct genlmsghdr *g = NLMSG_DATA(h);

		if (h->nlmsg_type != nl->family || (int)h->nlmsg_len < header ||
		    g->cmd != PARTBUS_CMD_EVENT_NTF)
			continue;
		ret = reply((struct nlattr *)((char *)h + header), (int)h->nlmsg_len - header, arg);
	}
	return ret;
}
