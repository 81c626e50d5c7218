// SPDX-License-Identifier: GPL-2.0
/* Values, the table of attributes, names, and extended acknowledgements. */
#include <errno.h>
#include <netlink/genl/genl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "names.h"
#include "object.h"
#include "value.h"
/* The kernel's table is compiled into this test. */
#include <vmbus/contract.h>

static void test_bytes(void **state)
{
	static const struct {
		const char *text;
		__u64 value;
		bool ok;
	} rows[] = {
		{ "0", 0, true }, { "4096", 4096, true }, { "64K", 65536, true },
		{ "64k", 65536, true }, { "1G", 1ULL << 30, true }, { "0x10", 16, true },
		{ "18446744073709551615", ~0ULL, true }, { "15P", 15ULL << 50, true },
		{ "18446744073709551616", 0, false }, { "16777216P", 0, false },
		{ "", 0, false }, { "K", 0, false }, { "-1", 0, false }, { "+1", 0, false },
		{ " 1", 0, false }, { "1 ", 0, false }, { "512abc", 0, false }, { "1KB", 0, false },
		{ "1.5G", 0, false }, { "0x", 0, false },
	};
	char text[32];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pbl_error err = { 0 };
		__u64 value = 7;
		int ret = pbl_parse_bytes("size", rows[i].text, &value, &err);

		assert_int_equal(!ret, rows[i].ok);
		if (rows[i].ok)
			assert_true(value == rows[i].value);
		else
			assert_int_equal(err.exit, PBL_USAGE);
	}
	/* What is printed is accepted. */
	for (__u64 v = 1; v; v = v * 3 + 1024) {
		__u64 back;

		assert_int_equal(pbl_parse_bytes("x", pbl_format_bytes(v, text, sizeof(text)),
						 &back, NULL), 0);
		assert_true(back == v);
		if (v > 1ULL << 60)
			break;
	}
	assert_string_equal(pbl_format_bytes(256 << 20, text, sizeof(text)), "256M");
	assert_string_equal(pbl_format_bytes(1000, text, sizeof(text)), "1000");
}

static void test_uuid(void **state)
{
	static const char *const bad[] = {
		"", "x", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdef0",
		"0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdeg",
		"01234567-89ab-cdef-0123-456789abcdef ",
	};
	__u8 uuid[16];
	char text[PBL_UUID_TEXT];

	(void)state;
	assert_int_equal(pbl_parse_uuid("uuid", "01234567-89AB-cdef-0123-456789abcdef", uuid, NULL), 0);
	assert_string_equal(pbl_format_uuid(uuid, text), "01234567-89ab-cdef-0123-456789abcdef");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(pbl_parse_uuid("uuid", bad[i], uuid, NULL), 0);
	assert_int_equal(pbl_random_uuid(uuid, NULL), 0);
	assert_int_equal(uuid[6] >> 4, 4);
	assert_int_equal(uuid[8] >> 6, 2);
}

static void test_mac(void **state)
{
	static const char *const bad[] = {
		"", "52", "52:54:00:12:34", "52:54:00:12:34:5", "52:54:00:12:34:56:",
		"52:54:00:12:34:56:78", "52-54-00-12-34-56", "525400123456", "5g:54:00:12:34:56",
		"52:54:00:12:34:56 ", ":52:54:00:12:34:56",
	};
	char text[PBL_MAC_TEXT];
	__u64 v;

	(void)state;
	assert_int_equal(pbl_parse_mac("mac", "52:54:00:AB:cd:0f", &v, NULL), 0);
	assert_true(v == 0x525400abcd0fULL);
	assert_string_equal(pbl_format_mac(v, text), "52:54:00:ab:cd:0f");
	assert_string_equal(pbl_format_mac(1, text), "00:00:00:00:00:01");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_not_equal(pbl_parse_mac("mac", bad[i], &v, NULL), 0);
	assert_int_equal(pbl_parse_unit(PBL_UNIT_MAC, false, "mac", "02:00:00:00:00:01", &v,
					NULL), 0);
	assert_true(v == 0x020000000001ULL);
	assert_int_equal(pbl_parse_unit(PBL_UNIT_HEX, false, "map", "0xffffff10", &v, NULL), 0);
	assert_true(v == 0xffffff10ULL);
}

static void test_unit(void **state)
{
	__u64 v;

	(void)state;
	assert_int_equal(pbl_parse_unit(PBL_UNIT_PER_SEC, true, "cap_iops", "none", &v, NULL), 0);
	assert_true(v == PARTBUS_ATTR_ANY);
	assert_int_not_equal(pbl_parse_unit(PBL_UNIT_PER_SEC, false, "x", "none", &v, NULL), 0);
	assert_int_not_equal(pbl_parse_unit(PBL_UNIT_PER_SEC, true, "x", "18446744073709551615",
					    &v, NULL), 0);
	assert_int_not_equal(pbl_parse_unit(PBL_UNIT_PER_SEC, true, "x", "5K", &v, NULL), 0);
	assert_int_equal(pbl_parse_unit(PBL_UNIT_SWITCH, false, "x", "on", &v, NULL), 0);
	assert_true(v == 1);
	assert_int_not_equal(pbl_parse_unit(PBL_UNIT_SWITCH, false, "x", "yes", &v, NULL), 0);
}

/* Our table of attributes is the kernel's, row by row. */
static void test_table(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; pbl_attr_table[i].name; i++) {
		const struct pbl_attr_info *ours = &pbl_attr_table[i];

		assert_in_range(i, 0, PB_ATTR_COUNT - 1);
		assert_string_equal(ours->name, pb_attr_table[i].name);
		assert_int_equal(ours->type, pb_attr_table[i].type);
		assert_int_equal(ours->class, pb_attr_table[i].class);
		assert_int_equal(ours->any, pb_attr_table[i].any);
		assert_ptr_equal(pbl_attr_by_name(ours->name), ours);
		assert_ptr_equal(pbl_attr_by_name(ours->json), ours);
		assert_ptr_equal(pbl_attr_by_type(ours->type), ours);
	}
	assert_int_equal(i, PB_ATTR_COUNT);
}

static void test_names(void **state)
{
	(void)state;
	assert_string_equal(pbl_partition_state_name(PARTBUS_PARTITION_STATE_ACTIVE), "active");
	assert_null(pbl_partition_state_name(PARTBUS_PARTITION_STATE_ACTIVE + 1));
	assert_string_equal(pbl_channel_state_name(PARTBUS_CHANNEL_STATE_BROKEN), "broken");
	assert_null(pbl_channel_state_name(PARTBUS_CHANNEL_STATE_BROKEN + 1));
	assert_string_equal(pbl_neg_state_name(PARTBUS_NEG_STATE_DEAD_END), "dead-end");
	assert_null(pbl_neg_state_name(PARTBUS_NEG_STATE_DEAD_END + 1));
	assert_string_equal(pbl_event_kind_name(PARTBUS_EVENT_KIND_CONTRACT_KEPT), "contract-kept");
	assert_string_equal(pbl_event_kind_name(PARTBUS_EVENT_KIND_HEARTBEAT_RETURNED),
			    "heartbeat-returned");
	assert_null(pbl_event_kind_name(PARTBUS_EVENT_KIND_HEARTBEAT_RETURNED + 1));
	assert_string_equal(pbl_heartbeat_name(PARTBUS_HEARTBEAT_STATE_LOST), "lost");
	assert_null(pbl_heartbeat_name(PARTBUS_HEARTBEAT_STATE_LOST + 1));
	assert_string_equal(pbl_resource_state_name(PARTBUS_RESOURCE_STATE_OPENING), "opening");
	assert_null(pbl_resource_state_name(PARTBUS_RESOURCE_STATE_OPENING + 1));
	assert_string_equal(pbl_class_name(PARTBUS_CLASS_MAX), "net");
	assert_null(pbl_class_name(0));
	assert_null(pbl_class_name(0xffffffff));
}

static struct nl_msg *request_with_attr(struct nlattr **like)
{
	struct nl_msg *msg = nlmsg_alloc_size(1024);
	struct nlattr *nest;

	genlmsg_put(msg, 0, 1, 0x20, 0, 0, PARTBUS_CMD_RESOURCE_NEW, 1);
	nla_put_string(msg, PARTBUS_A_RESOURCE_NAME, "disk0");
	nest = nla_nest_start(msg, PARTBUS_A_RESOURCE_ATTR);
	nla_put_u32(msg, PARTBUS_A_ATTR_TYPE, PARTBUS_ATTR_CAP_IOPS);
	nla_put_u64(msg, PARTBUS_A_ATTR_LIKE, 0);
	nla_nest_end(msg, nest);
	*like = nla_find(nla_data(nest), nla_len(nest), PARTBUS_A_ATTR_LIKE);
	return msg;
}

static struct nl_msg *answer_to(const struct nlmsghdr *request, int number, bool capped)
{
	struct nl_msg *msg = nlmsg_alloc_size(2048);
	struct nlmsgerr e = { .error = -number, .msg = *request };
	size_t echoed = capped ? 0 : request->nlmsg_len - NLMSG_HDRLEN;
	struct nlmsghdr *h = nlmsg_put(msg, 0, 1, NLMSG_ERROR, sizeof(e) + echoed, 0);

	memcpy(nlmsg_data(h), &e, sizeof(e));
	memcpy((char *)nlmsg_data(h) + sizeof(e), (const char *)request + NLMSG_HDRLEN, echoed);
	h->nlmsg_flags = NLM_F_ACK_TLVS | (capped ? NLM_F_CAPPED : 0);
	return msg;
}

static void test_extack(void **state)
{
	struct nlattr *like;
	struct nl_msg *req = request_with_attr(&like);
	struct nlmsghdr *r = nlmsg_hdr(req);
	char line[512];

	(void)state;
	for (int capped = 0; capped < 2; capped++) {
		struct nl_msg *msg = answer_to(r, ERANGE, capped);
		struct pbl_error err = { 0 };

		nla_put_string(msg, NLMSGERR_ATTR_MSG, "too small a cap");
		nla_put_u32(msg, NLMSGERR_ATTR_OFFS, (char *)like - (char *)r);
		assert_int_equal(pbl_extack_parse(nlmsg_hdr(msg), r, &pbl_set_resource, &err),
				 -ERANGE);
		assert_string_equal(err.text, "too small a cap");
		assert_string_equal(err.attr, "cap_iops like");
		assert_int_equal(err.exit, PBL_REFUSED);
		pbl_error_line(&err, line, sizeof(line));
		assert_string_equal(line, "too small a cap (attribute cap_iops like): "
				    "Numerical result out of range");
		nlmsg_free(msg);
	}
	nlmsg_free(req);
}

static void test_extack_missing(void **state)
{
	struct nlattr *like;
	struct nl_msg *req = request_with_attr(&like), *msg;
	struct nlmsghdr *r = nlmsg_hdr(req);
	struct pbl_error err = { 0 };

	(void)state;
	msg = answer_to(r, EINVAL, true);
	nla_put_u32(msg, 5, PARTBUS_A_RESOURCE_CLASS);
	assert_int_equal(pbl_extack_parse(nlmsg_hdr(msg), r, &pbl_set_resource, &err), -EINVAL);
	assert_string_equal(err.attr, "class is missing");
	nlmsg_free(msg);

	/* No attributes at all, an offset that lies nowhere, and a lying length. */
	msg = answer_to(r, EPERM, true);
	nla_put_u32(msg, NLMSGERR_ATTR_OFFS, 60000);
	assert_int_equal(pbl_extack_parse(nlmsg_hdr(msg), r, NULL, &err), -EPERM);
	assert_string_equal(err.attr, "");
	assert_int_equal(err.exit, PBL_PERMISSION);
	((struct nlmsgerr *)nlmsg_data(nlmsg_hdr(msg)))->msg.nlmsg_len = 0x7fffffff;
	nlmsg_hdr(msg)->nlmsg_flags = NLM_F_ACK_TLVS;
	assert_int_equal(pbl_extack_parse(nlmsg_hdr(msg), r, &pbl_set_resource, &err), -EPERM);
	nlmsg_hdr(msg)->nlmsg_len = NLMSG_HDRLEN + 2;
	assert_int_equal(pbl_extack_parse(nlmsg_hdr(msg), r, &pbl_set_resource, &err), -EPROTO);
	nlmsg_free(msg);
	nlmsg_free(req);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_uuid),
		cmocka_unit_test(test_mac),
		cmocka_unit_test(test_unit),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_extack),
		cmocka_unit_test(test_extack_missing),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
