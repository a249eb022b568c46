/* The directory of an account. */
#include "acme/home.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "tap.h"

static struct home home, other;
static char dir[] = "/tmp/postern-home-XXXXXX", path[64];

static enum home_result open_with(const char *accounts)
{
	enum home_result result;

	file_replace(AT_FDCWD, path, 0600, span_str(accounts));
	result = home_open(&home, dir, true, false);
	close(home.dir);
	return result;
}

static void try_damaged(void)
{
	static const char *const bad[] = { "one\n", "one two three\n", " two\n", "one \n", "\n",
		                           "one two\n\n", "one t\x01o\n", "one two\r\n", "\xff two\n" };
	static char text[2 * URL_MAX + 8];
	size_t n = 0;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		n += open_with(bad[i]) == HOME_DAMAGED;
	check(n == sizeof bad / sizeof *bad, "damaged in %zu ways", n);
	memset(text, 'x', URL_MAX);
	memcpy(text + URL_MAX, " two\n", 6);
	check(open_with(text) == HOME_DAMAGED, "a URL that is too long");
	check(open_with("") == HOME_OK && home.n == 0, "an empty file");
	check(open_with("one two") == HOME_OK && home.n == 1, "a last line without its end");
}

static void try_accounts(void)
{
	char url[32];

	unlink(path);
	check(home_open(&home, dir, true, false) == HOME_OK && home.n == 0, "no accounts yet");
	check(home_set(&home, "d1", "a1") == HOME_OK && home_set(&home, "d2", "a2") == HOME_OK &&
	      home_set(&home, "d1", "a3") == HOME_OK, "two, one changed");
	check(home_open(&other, dir, false, false) == HOME_BUSY, "it is locked against others");
	close(home.dir);
	check(home_open(&other, dir, false, false) == HOME_OK && other.n == 2 &&
	      strcmp(home_account(&other, "d1"), "a3") == 0 && strcmp(home_account(&other, "d2"), "a2") == 0 &&
	      !home_account(&other, "d"), "read back");
	check(home_open(&home, dir, false, false) == HOME_OK, "two may use it");
	close(home.dir);
	check(home_open(&home, dir, true, false) == HOME_BUSY, "but none change it meanwhile");
	close(other.dir);
	home_open(&home, dir, true, false);
	check(home_set(&home, "d1", NULL) == HOME_OK && home_set(&home, "d3", NULL) == HOME_OK &&
	      home.n == 1 && !home_account(&home, "d1"), "forgotten");
	check(home_set(&home, "d 4", "a") == HOME_DAMAGED, "a space in a URL");
	for (int i = 0; i < HOME_ACCOUNTS_MAX - 1; i++) {
		snprintf(url, sizeof url, "e%d", i);
		if (home_set(&home, url, "a") != HOME_OK)
			check(false, "account %d", i);
	}
	check(home_set(&home, "f", "a") == HOME_FULL, "no more than there is room for");
	close(home.dir);
}

static void try_keys(void)
{
	char text[8];
	size_t len;

	home_open(&home, dir, true, false);
	file_create(home.dir, HOME_KEY, 0600, span_str("old"));
	file_create(home.dir, HOME_NEW_KEY, 0600, span_str("new"));
	close(home.dir);
	home_open(&home, dir, true, false);
	check(home.rolling && home_drop_new_key(&home) && !home.rolling && !home_has(&home, HOME_NEW_KEY),
	      "a new key that is dropped");
	file_create(home.dir, HOME_NEW_KEY, 0600, span_str("new"));
	check(home_take_new_key(&home) && !home_has(&home, HOME_NEW_KEY) &&
	      file_read(home.dir, HOME_KEY, text, sizeof text, &len) == FILE_OK &&
	      span_is(span_of(text, len), "new"), "and one that is taken");
	unlinkat(home.dir, HOME_KEY, 0);
	close(home.dir);
}

int main(void)
{
	struct stat st;

	if (!mkdtemp(dir))
		return 1;
	rmdir(dir);
	snprintf(path, sizeof path, "%s/" HOME_ACCOUNTS, dir);
	check(home_open(&home, dir, false, false) == HOME_MISSING, "not there");
	check(home_open(&home, dir, true, true) == HOME_OK && stat(dir, &st) == 0 &&
	      (st.st_mode & 07777) == 0700, "made");
	close(home.dir);
	try_damaged();
	try_accounts();
	try_keys();
	unlink(path);
	check(rmdir(dir) == 0, "nothing left");
	return tap_end();
}
