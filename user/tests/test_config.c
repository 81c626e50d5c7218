// SPDX-License-Identifier: GPL-2.0
/* The daemon's configuration, and names as parts of paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "store.h"

static int load(struct pbd_config *config, const char *text, char *why, size_t size)
{
	char path[] = "/tmp/partbusd-conf-XXXXXX";
	int fd = mkstemp(path), ret;

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	pbd_config_init(config);
	ret = pbd_config_load(config, path, true, why, size);
	unlink(path);
	return ret;
}

static void test_good(void **state)
{
	struct pbd_config c;
	struct pbd_access a;
	char why[256] = "";

	(void)state;
	assert_int_equal(load(&c, "# comment\n\n run_dir = /tmp/x \nmode=0660\nowner = 12\n"
			      "allow = 5, 6 root\nbusy_wait_msec = 0\nholder = off\n"
			      "[partition web]\nmode = 0600\n[partition  db one ]\nowner=0\n"
			      "allow =\n", why, sizeof(why)), 0);
	assert_string_equal(c.run_dir, "/tmp/x");
	assert_int_equal(c.busy_wait_msec, 0);
	assert_false(c.holder);
	/* The command line comes last, but a partition's own lines stay. */
	assert_int_equal(pbd_config_set(&c, "owner", "77", why, sizeof(why)), 0);
	a = pbd_config_access(&c, "other");
	assert_int_equal(a.mode, 0660);
	assert_int_equal(a.owner, 77);
	assert_int_equal(a.allow_count, 3);
	assert_true(pbd_access_allowed(&a, 77));
	assert_true(pbd_access_allowed(&a, 0));
	assert_true(pbd_access_allowed(&a, 6));
	assert_false(pbd_access_allowed(&a, 12));
	a = pbd_config_access(&c, "web");
	assert_int_equal(a.mode, 0600);
	assert_int_equal(a.owner, 77);
	a = pbd_config_access(&c, "db one");
	assert_int_equal(a.owner, 0);
	assert_int_equal(a.allow_count, 0);
	assert_false(pbd_access_allowed(&a, 6));
	pbd_config_free(&c);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
		{ "colour = red\n", "line 1: unknown key \"colour\"" },
		{ "\nmode = 0999\n", "line 2: mode: \"0999\" is not an octal mode" },
		{ "mode = 7777\n", "mode:" },
		{ "mode =\n", "mode:" },
		{ "owner = nobody-of-this-name\n", "there is no user" },
		{ "owner = 4294967295\n", "there is no user" },
		{ "group = no-such-group\n", "there is no group" },
		{ "allow = 1 no-such-user\n", "allow: there is no user" },
		{ "run_dir = run\n", "not an absolute path" },
		{ "run_dir = /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n",
		  "longer than" },
		{ "busy_wait_msec = 99999\n", "not a number up to 10000" },
		{ "fd_percent = -1\n", "not a number" },
		{ "holder = maybe\n", "neither on nor off" },
		{ "word\n", "neither a section" },
		{ "[web]\n", "a section is" },
		{ "[partition]\n", "a section is" },
		{ "[partition web\n", "a section is" },
		{ "[partition web] x\n", "a section is" },
		{ "[partition  ]\n", "empty or too long" },
		{ "[partition a]\n[partition a]\n", "has a section already" },
		{ "[partition a]\nrun_dir = /x\n", "no key of a partition" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pbd_config c;
		char why[512] = "";

		assert_int_equal(load(&c, rows[i].text, why, sizeof(why)), -1);
		if (!strstr(why, rows[i].why))
			fail_msg("\"%s\" does not contain \"%s\"", why, rows[i].why);
		pbd_config_free(&c);
	}
}

static void test_contradictory(void **state)
{
	static const struct {
		const char *text;
		const char *why;	/* NULL: none */
	} rows[] = {
		{ "allow = 5\n", "all partitions: allow: with mode 0600 user 5 cannot reach" },
		{ "allow = 5\nmode = 0644\n", "with mode 0644 user 5" },
		{ "allow = 5\nmode = 0660\n", NULL },
		{ "allow = 5\nmode = 0602\n", NULL },
		{ "allow = 0 5\nowner = 5\n", NULL },
		{ "[partition web]\nallow = 7\n", "web: allow: with mode 0600 user 7" },
		{ "mode = 0666\n[partition web]\nallow = 7\n", NULL },
		{ "mode = 0666\nallow = 7\n[partition web]\nmode = 0600\n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pbd_config c;
		char why[512] = "";

		assert_int_equal(load(&c, rows[i].text, why, sizeof(why)), 0);
		assert_int_equal(pbd_config_check(&c, why, sizeof(why)), rows[i].why ? -1 : 0);
		if (rows[i].why && !strstr(why, rows[i].why))
			fail_msg("\"%s\" does not contain \"%s\"", why, rows[i].why);
		pbd_config_free(&c);
	}
}

static void test_missing(void **state)
{
	struct pbd_config c;
	char why[256];

	(void)state;
	pbd_config_init(&c);
	assert_int_equal(pbd_config_load(&c, "/no/such/file", false, why, sizeof(why)), 0);
	assert_int_equal(pbd_config_load(&c, "/no/such/file", true, why, sizeof(why)), -1);
	assert_string_equal(why, "/no/such/file: No such file or directory");
}

static void test_names(void **state)
{
	static const char *const names[] = {
		"web", "a.b-c_d", ".hidden", "-x", "a/b", "../etc", "a b", "%41", "\xc3\xa4", "a:b",
	};
	char text[256], back[PARTBUS_NAME_MAX], small[8];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(pbd_encode_name(names[i], text, sizeof(text)), 0);
		assert_null(strpbrk(text, "/: \n"));
		assert_true(text[0] != '.' && text[0] != '-');
		assert_int_equal(pbd_decode_name(text, back, sizeof(back)), 0);
		assert_string_equal(back, names[i]);
	}
	assert_int_not_equal(pbd_encode_name("", text, sizeof(text)), 0);
	assert_int_not_equal(pbd_encode_name("abcdefgh", small, sizeof(small)), 0);
	assert_int_not_equal(pbd_decode_name("", back, sizeof(back)), 0);
	assert_int_not_equal(pbd_decode_name("%0", back, sizeof(back)), 0);
	assert_int_not_equal(pbd_decode_name("%00", back, sizeof(back)), 0);
	assert_int_not_equal(pbd_decode_name("%zz", back, sizeof(back)), 0);
	/* Other ways to write the same names: "a/b", "web", "a". */
	assert_int_not_equal(pbd_decode_name("a%2Fb", back, sizeof(back)), 0);
	assert_int_not_equal(pbd_decode_name("w%65b", back, sizeof(back)), 0);
	assert_int_not_equal(pbd_decode_name("a%", back, sizeof(back)), 0);
	assert_int_not_equal(pbd_decode_name("a b", back, sizeof(back)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_contradictory),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
