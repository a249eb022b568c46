/*
 * tsm-fake: the kernel's report directory (configfs-tsm) and TDX device, as a file system in
 * user space, with what hosts and other users of the directory do to it.
 *
 *   unshare -Urm tsm-fake [-m plan]... directory command...
 *
 * Mounts it at the directory, runs the command, and ends with its exit status. As in the kernel,
 * mkdir(2) makes an entry with its attributes, what is written to `inblob` is taken over when
 * the file is closed, and what is wrong with it then nobody hears; `generation` counts that;
 * `outblob` makes a quote when its beginning is read. The file tdx_guest answers TDX_CMD_GET_REPORT0.
 *
 * A plan is a word, or word=n for the first n times:
 *
 *   busy eio eintr timeout   reading outblob fails so
 *   lost      what was written is not taken over
 *   moved     another writes while the quote is made
 *   later     another writes after it was made and before it was read
 *   taken     the name of the entry is taken
 *   other     the quote is over other report data, whatever the generation says
 *   short empty large   half of a quote, none, more than anybody wants
 *   pieces    a read gives 1000 bytes at most
 *   hang      reading outblob does not end, unless by a signal
 *   sev       it is another provider's directory
 *   words     the generation is no number
 *   report    the device's TD report is over other report data
 *
 * Exit 77: no such file system can be mounted here.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/fuse.h>

#include "../unit/quote_make.h"
#include "base/prog.h"

enum {
	ENTRIES = 16, SKIP = 77, MESSAGE_MAX = 1 << 18, LARGE = 70000, PIECE = 1000,
	INBLOB_MAX = 64, /* the kernel's TSM_INBLOB_MAX */
	DEVICE = 2, FIRST = 16, PER_ENTRY = 16,
	REPORT_LEN = 1024, REPORT_DATA_AT = 128, QUOTE_DATA_AT = 568
};

enum attribute { ENTRY, INBLOB, OUTBLOB, GENERATION, PROVIDER, ATTRIBUTES };
static const char *const attribute_name[] = { "", "inblob", "outblob", "generation", "provider" };

static struct entry {
	bool there;
	char name[256];
	unsigned char in[INBLOB_MAX], written[INBLOB_MAX];
	size_t in_len, written_len; /* written: not taken over yet */
	bool dirty;
	uint64_t generation;
	unsigned char out[LARGE];
	size_t out_len;
} entries[ENTRIES];

static struct plan {
	char word[16];
	uint64_t left;
} plans[16];
static size_t n_plans;

static int fuse;
static uint64_t hanging; /* the request nobody answers */

/* Once more, if that is planned. */
static bool planned(const char *word)
{
	for (size_t i = 0; i < n_plans; i++)
		if (strcmp(plans[i].word, word) == 0 && plans[i].left > 0) {
			plans[i].left--;
			return true;
		}
	return false;
}

static void add_plan(const char *text)
{
	struct span word = span_head(span_str(text), span_find(span_str(text), '='));
	struct plan *plan = &plans[n_plans++];

	if (n_plans == sizeof plans / sizeof *plans || word.len >= sizeof plan->word)
		prog_usage();
	memcpy(plan->word, word.p, word.len);
	plan->left = UINT64_MAX;
	if (word.len < strlen(text))
		plan->left = prog_number("-m", text + word.len + 1, 1, 1000000);
}

static void answer(uint64_t unique, int error, const void *body, size_t len)
{
	static unsigned char room[MESSAGE_MAX];
	struct fuse_out_header head = { .len = (uint32_t)(sizeof head + len), .error = -error,
		                        .unique = unique };
	ssize_t n;

	memcpy(room, &head, sizeof head);
	if (len > 0)
		memcpy(room + sizeof head, body, len);
	/* ENOENT: whoever asked has gone. */
	do
		n = write(fuse, room, sizeof head + len);
	while (n < 0 && errno == EINTR);
}

static struct entry *entry_of(uint64_t node)
{
	return node >= FIRST ? &entries[(node - FIRST) / PER_ENTRY] : NULL;
}

static enum attribute attribute_of(uint64_t node)
{
	return (enum attribute)((node - FIRST) % PER_ENTRY);
}

static uint64_t node_of(const struct entry *e, enum attribute a)
{
	return FIRST + (uint64_t)(e - entries) * PER_ENTRY + a;
}

static struct fuse_attr attr_of(uint64_t node)
{
	bool directory = node == FUSE_ROOT_ID || (node >= FIRST && attribute_of(node) == ENTRY);

	return (struct fuse_attr){ .ino = node, .nlink = 1,
		                   .mode = directory ? S_IFDIR | 0755 : S_IFREG | 0600 };
}

static void answer_entry(uint64_t unique, uint64_t node)
{
	struct fuse_entry_out out = { .nodeid = node, .attr = attr_of(node) };

	answer(unique, 0, &out, sizeof out);
}

static struct entry *find(const char *name)
{
	for (size_t i = 0; i < ENTRIES; i++)
		if (entries[i].there && strcmp(entries[i].name, name) == 0)
			return &entries[i];
	return NULL;
}

static void look_up(uint64_t unique, uint64_t parent, const char *name)
{
	struct entry *e = parent == FUSE_ROOT_ID ? find(name) : entry_of(parent);

	if (parent == FUSE_ROOT_ID && strcmp(name, "tdx_guest") == 0) {
		answer_entry(unique, DEVICE);
		return;
	}
	if (parent == FUSE_ROOT_ID && e) {
		answer_entry(unique, node_of(e, ENTRY));
		return;
	}
	for (enum attribute a = INBLOB; parent != FUSE_ROOT_ID && e->there && a < ATTRIBUTES; a++)
		if (strcmp(name, attribute_name[a]) == 0) {
			answer_entry(unique, node_of(e, a));
			return;
		}
	answer(unique, ENOENT, NULL, 0);
}

static void make_entry(uint64_t unique, uint64_t parent, const char *name)
{
	size_t len = strlen(name);

	if (parent != FUSE_ROOT_ID || len >= sizeof entries[0].name) {
		answer(unique, EPERM, NULL, 0);
		return;
	}
	if (find(name) || planned("taken")) {
		answer(unique, EEXIST, NULL, 0);
		return;
	}
	for (size_t i = 0; i < ENTRIES; i++)
		if (!entries[i].there) {
			memset(&entries[i], 0, sizeof entries[i]);
			memcpy(entries[i].name, name, len);
			entries[i].there = true;
			answer_entry(unique, node_of(&entries[i], ENTRY));
			return;
		}
	answer(unique, ENOSPC, NULL, 0);
}

static void remove_entry(uint64_t unique, const char *name)
{
	struct entry *e = find(name);

	if (e)
		e->there = false;
	answer(unique, e ? 0 : ENOENT, NULL, 0);
}

static void list(uint64_t unique, uint64_t node, uint64_t offset)
{
	static unsigned char room[4096];
	size_t len = 0;

	for (uint64_t i = offset; node == FUSE_ROOT_ID && i < ENTRIES; i++) {
		struct fuse_dirent d = { .ino = node_of(&entries[i], ENTRY), .off = i + 1,
			                 .namelen = (uint32_t)strlen(entries[i].name), .type = S_IFDIR >> 12 };

		if (!entries[i].there)
			continue;
		if (len + FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + d.namelen) > sizeof room)
			break;
		memcpy(room + len, &d, FUSE_NAME_OFFSET);
		memcpy(room + len + FUSE_NAME_OFFSET, entries[i].name, d.namelen);
		len += FUSE_DIRENT_ALIGN(FUSE_NAME_OFFSET + d.namelen);
	}
	answer(unique, 0, room, len);
}

/* Collected until the file is closed; what is more than any attribute may have is refused at once. */
static void take_bytes(uint64_t unique, struct entry *e, const struct fuse_write_in *in, const void *bytes)
{
	struct fuse_write_out out = { .size = in->size };

	if (in->offset + in->size > INBLOB_MAX) {
		answer(unique, EFBIG, NULL, 0);
		return;
	}
	memcpy(e->written + in->offset, bytes, in->size);
	e->written_len = in->offset + in->size;
	e->dirty = true;
	answer(unique, 0, &out, sizeof out);
}

/* At close(2), which hears nothing. */
static void take_over(struct entry *e)
{
	if (!e->dirty)
		return;
	e->dirty = false;
	if (planned("lost"))
		return;
	memcpy(e->in, e->written, e->written_len);
	e->in_len = e->written_len;
	e->generation++;
}

static int failure(uint64_t unique)
{
	static const struct {
		const char *word;
		int error;
	} failures[] = { { "busy", EBUSY }, { "eio", EIO }, { "eintr", EINTR }, { "timeout", ETIMEDOUT } };

	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
		if (planned(failures[i].word))
			return failures[i].error;
	if (!planned("hang"))
		return 0;
	hanging = unique;
	return -1;
}

static int make_quote(struct entry *e)
{
	struct quote_plan plan = { .version = 4, .tee = QUOTE_TEE_TDX, .body_len = QUOTE_TD10_LEN,
		                   .auth_len = 32, .cert_type = QUOTE_CERT_CHAIN, .cert_len = 3000 };
	struct builder b;

	if (e->in_len != INBLOB_MAX)
		return EINVAL;
	if (planned("moved"))
		e->generation++;
	memset(e->out, 0, sizeof e->out);
	builder_init(&b, e->out, sizeof e->out);
	quote_make(&b, &plan);
	memcpy(e->out + QUOTE_DATA_AT, e->in, INBLOB_MAX);
	e->out_len = b.len + 70; /* zeros behind it, as there are */
	if (planned("other"))
		e->out[QUOTE_DATA_AT + 63] ^= 1;
	if (planned("short"))
		e->out_len = b.len / 2;
	if (planned("empty"))
		e->out_len = 0;
	if (planned("large"))
		e->out_len = LARGE;
	return 0;
}

static void give(uint64_t unique, struct entry *e, enum attribute a, const struct fuse_read_in *in)
{
	char text[32] = "";
	struct span all = span_of(text, 0);
	struct builder b;
	size_t most = in->size;
	int error = 0;

	builder_init(&b, text, sizeof text);
	if (a == PROVIDER)
		builder_str(&b, planned("sev") ? "sev_guest\n" : "tdx_guest\n");
	if (a == GENERATION && planned("words"))
		builder_str(&b, "many\n");
	else if (a == GENERATION)
		builder_number(&b, e->generation);
	all = builder_span(&b);
	if (a == OUTBLOB && in->offset == 0) {
		error = failure(unique);
		error = error ? error : make_quote(e);
	}
	if (a == OUTBLOB)
		all = span_of(e->out, e->out_len);
	if (a == INBLOB)
		error = EPERM; /* one writes it, nobody reads it */
	if (error < 0)
		return;
	all = span_from(all, in->offset);
	if (a == OUTBLOB && all.len == 0 && planned("later"))
		e->generation++;
	if (planned("pieces") && most > PIECE)
		most = PIECE;
	all = span_head(all, most);
	answer(unique, error, all.p, error ? 0 : all.len);
}

/* The device's TD report: nothing of it but the report data. */
static void report(uint64_t unique, const struct fuse_ioctl_in *in, const unsigned char *data)
{
	static unsigned char out[sizeof(struct fuse_ioctl_out) + INBLOB_MAX + REPORT_LEN];
	unsigned char *body = out + sizeof(struct fuse_ioctl_out);

	if (in->cmd != _IOWR('T', 1, unsigned char[INBLOB_MAX + REPORT_LEN])) {
		answer(unique, ENOTTY, NULL, 0);
		return;
	}
	memset(out, 0, sizeof out);
	memcpy(body, data, INBLOB_MAX);
	memcpy(body + INBLOB_MAX + REPORT_DATA_AT, data, INBLOB_MAX);
	if (planned("report"))
		body[INBLOB_MAX + REPORT_DATA_AT] ^= 1;
	answer(unique, 0, out, sizeof out);
}

static void opened(uint64_t unique)
{
	struct fuse_open_out out = { .open_flags = FOPEN_DIRECT_IO };

	answer(unique, 0, &out, sizeof out);
}

static void begin(uint64_t unique)
{
	struct fuse_init_out out = { .major = FUSE_KERNEL_VERSION, .minor = 31, .max_write = 65536 };

	answer(unique, 0, &out, sizeof out);
}

static void serve(const struct fuse_in_header *head, const void *body)
{
	struct fuse_attr_out attr = { .attr = attr_of(head->nodeid) };
	struct entry *e = entry_of(head->nodeid);
	uint64_t unique = head->unique;

	switch (head->opcode) {
	case FUSE_INIT:
		begin(unique);
		break;
	case FUSE_LOOKUP:
		look_up(unique, head->nodeid, body);
		break;
	case FUSE_GETATTR:
		answer(unique, 0, &attr, sizeof attr);
		break;
	case FUSE_MKDIR:
		make_entry(unique, head->nodeid, (const char *)body + sizeof(struct fuse_mkdir_in));
		break;
	case FUSE_RMDIR:
		remove_entry(unique, body);
		break;
	case FUSE_OPEN:
	case FUSE_OPENDIR:
		opened(unique);
		break;
	case FUSE_READDIR:
		list(unique, head->nodeid, ((const struct fuse_read_in *)body)->offset);
		break;
	case FUSE_READ:
		if (e)
			give(unique, e, attribute_of(head->nodeid), body);
		else
			answer(unique, EIO, NULL, 0);
		break;
	case FUSE_WRITE:
		if (e && attribute_of(head->nodeid) == INBLOB)
			take_bytes(unique, e, body, (const struct fuse_write_in *)body + 1);
		else
			answer(unique, EACCES, NULL, 0);
		break;
	case FUSE_FLUSH:
		if (e)
			take_over(e);
		answer(unique, 0, NULL, 0);
		break;
	case FUSE_IOCTL:
		if (head->nodeid == DEVICE)
			report(unique, body, (const unsigned char *)((const struct fuse_ioctl_in *)body + 1));
		else
			answer(unique, ENOTTY, NULL, 0);
		break;
	case FUSE_INTERRUPT:
		if (hanging == ((const struct fuse_interrupt_in *)body)->unique)
			answer(hanging, EINTR, NULL, 0);
		break;
	case FUSE_RELEASE:
	case FUSE_RELEASEDIR:
		answer(unique, 0, NULL, 0);
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
		break;
	default:
		answer(unique, ENOSYS, NULL, 0);
	}
}

static void mount_at(const char *path)
{
	char options[128];

	fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof options, "fd=%d,rootmode=40000,user_id=0,group_id=0,default_permissions", fuse);
	if (fuse < 0 || mount("tsm-fake", path, "fuse", MS_NOSUID | MS_NODEV, options) < 0) {
		prog_warn("no file system of ours: %s", strerror(errno));
		_exit(SKIP);
	}
}

/* Until the command ends. */
static int serve_until(int command)
{
	static _Alignas(8) unsigned char message[MESSAGE_MAX];
	struct pollfd wait_for[2] = { { .fd = fuse, .events = POLLIN }, { .fd = command, .events = POLLIN } };

	for (;;) {
		ssize_t n;

		if (poll(wait_for, 2, -1) < 0 && errno != EINTR)
			prog_temp("poll: %s", strerror(errno));
		if (wait_for[1].revents)
			return 0;
		if (!(wait_for[0].revents & POLLIN))
			continue;
		n = read(fuse, message, sizeof message);
		if (n >= (ssize_t)sizeof(struct fuse_in_header))
			serve((const struct fuse_in_header *)message,
			      message + sizeof(struct fuse_in_header));
		else if (n < 0 && errno == ENODEV)
			return 0;
	}
}

int main(int argc, char **argv)
{
	int option, status, command;
	pid_t pid;

	prog_init("tsm-fake", "[-m plan] ... directory command ...");
	while ((option = getopt(argc, argv, "+m:")) != -1) {
		if (option != 'm')
			prog_usage();
		add_plan(optarg);
	}
	if (argc - optind < 2)
		prog_usage();
	mount_at(argv[optind]);
	pid = fork();
	if (pid < 0)
		prog_temp("fork: %s", strerror(errno));
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prog_exec(argv + optind + 1);
	}
	command = (int)syscall(SYS_pidfd_open, pid, 0);
	serve_until(command);
	if (waitpid(pid, &status, 0) != pid)
		prog_temp("wait: %s", strerror(errno));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
