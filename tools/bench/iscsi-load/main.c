/*
 * iscsi-load: load on one LUN through libiscsi's asynchronous calls, from one thread with a poll loop of its own. Each of
 * `depth` slots has its buffer and sends its next command where the answer to the last one arrives, so nothing is
 * allocated here for a command, and no queue of the client is between commands.
 *
 * A command counts as an error when its status is anything but GOOD, and when a GOOD one moved fewer bytes than asked.
 * A session that is lost is not made again: the run is broken then.
 */
#include "latency.h"
#include "options.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <iscsi/iscsi.h>
#include <iscsi/scsi-lowlevel.h>

#define INITIATOR "iqn.2026-11.example.arraylab:load"
/* For what hangs. libiscsi looks at its time-outs when it is called. */
#define TIMEOUT_S 30
#define LOOK_MS 1000
#define NS_PER_S 1000000000ull

struct load;

struct slot {
	struct load *load;
	struct scsi_iovec buffer;
	uint64_t sent_ns;
};

struct load {
	struct options options;
	struct iscsi_context *iscsi;
	int lun;
	uint32_t volume_block_bytes;
	/* The range, in commands. */
	uint64_t places;
	uint64_t next_place;
	uint64_t random;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t last_ns;
	uint64_t sent;
	uint64_t done;
	uint64_t good;
	uint64_t errors;
	int first_bad_status;
	/* Commands came back that no target had answered. */
	bool is_lost;
	double setup_cpu_seconds;
	struct latency latency;
};

static uint64_t now_ns(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	return (uint64_t)at.tv_sec * NS_PER_S + (uint64_t)at.tv_nsec;
}

/* splitmix64. */
static uint64_t random_word(uint64_t *state)
{
	uint64_t word = (*state += 0x9e3779b97f4a7c15u);
	word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9u;
	word = (word ^ (word >> 27)) * 0x94d049bb133111ebu;
	return word ^ (word >> 31);
}

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "iscsi-load: %s: %s\n", what, why);
	exit(EXIT_BROKEN);
}

static uint64_t place(struct load *load)
{
	if (!load->options.sequential)
		return random_word(&load->random) % load->places;
	const uint64_t at = load->next_place;
	load->next_place = at + 1 == load->places ? 0 : at + 1;
	return at;
}

static void send_next(struct slot *slot);

static void on_answer(struct iscsi_context *iscsi, int status, void *command_data, void *private_data)
{
	(void)iscsi;
	struct slot *slot = private_data;
	struct load *load = slot->load;
	struct scsi_task *task = command_data;
	const bool whole = task != NULL && task->residual_status == SCSI_RESIDUAL_NO_RESIDUAL;
	load->last_ns = now_ns();
	load->done++;
	if (status == SCSI_STATUS_GOOD && whole) {
		load->good++;
		latency_add(&load->latency, load->last_ns - slot->sent_ns);
	} else {
		if (load->errors++ == 0)
			load->first_bad_status = status;
	}
	if (task != NULL)
		scsi_free_scsi_task(task);
	/* What was never answered comes here when the session ends: nothing is to follow it. */
	if (status >= SCSI_STATUS_CANCELLED)
		load->is_lost = true;
	else
		send_next(slot);
}

static bool is_over(const struct load *load)
{
	return load->options.count > 0 ? load->sent == load->options.count : load->last_ns >= load->end_ns;
}

static void send_next(struct slot *slot)
{
	struct load *load = slot->load;
	if (is_over(load))
		return;
	const uint32_t bytes = load->options.block_bytes;
	const uint32_t unit = load->volume_block_bytes;
	const uint64_t lba = (load->options.first_bytes + place(load) * bytes) / unit;
	load->sent++;
	slot->sent_ns = now_ns();
	struct iscsi_context *iscsi = load->iscsi;
	struct scsi_iovec *data = &slot->buffer;
	struct scsi_task *task =
		load->options.writes
			? iscsi_write16_iov_task(iscsi, load->lun, lba, NULL, bytes, (int)unit, 0, 0, 0, 0, 0, on_answer, slot, data, 1)
			: iscsi_read16_iov_task(iscsi, load->lun, lba, bytes, (int)unit, 0, 0, 0, 0, 0, on_answer, slot, data, 1);
	if (task == NULL)
		fail("a command could not be sent", iscsi_get_error(load->iscsi));
}

static void log_in(struct load *load)
{
	load->iscsi = iscsi_create_context(INITIATOR);
	if (load->iscsi == NULL)
		fail("no context", "out of memory");
	struct iscsi_url *url = iscsi_parse_full_url(load->iscsi, load->options.url);
	if (url == NULL)
		fail("the URL is wrong", iscsi_get_error(load->iscsi));
	load->lun = url->lun;
	iscsi_set_targetname(load->iscsi, url->target);
	if (url->user[0] != '\0')
		iscsi_set_initiator_username_pwd(load->iscsi, url->user, url->passwd);
	iscsi_set_session_type(load->iscsi, ISCSI_SESSION_NORMAL);
	iscsi_set_header_digest(load->iscsi, ISCSI_HEADER_DIGEST_NONE);
	iscsi_set_noautoreconnect(load->iscsi, 1);
	iscsi_set_timeout(load->iscsi, TIMEOUT_S);
	if (iscsi_full_connect_sync(load->iscsi, url->portal, url->lun) != 0)
		fail("no session", iscsi_get_error(load->iscsi));
	iscsi_destroy_url(url);
}

/* How many commands fit the range that was asked for. */
static void measure_volume(struct load *load)
{
	struct scsi_task *task = iscsi_readcapacity16_sync(load->iscsi, load->lun);
	if (task == NULL || task->status != SCSI_STATUS_GOOD)
		fail("READ CAPACITY (16)", iscsi_get_error(load->iscsi));
	const struct scsi_readcapacity16 *capacity = scsi_datain_unmarshall(task);
	if (capacity == NULL || capacity->block_length == 0)
		fail("READ CAPACITY (16)", "its data are too short, or say a block of 0 bytes");
	const uint64_t unit = capacity->block_length;
	const uint64_t volume_bytes = (capacity->returned_lba + 1) * unit;
	scsi_free_scsi_task(task);

	const struct options *options = &load->options;
	if (options->block_bytes % unit != 0 || options->first_bytes % unit != 0)
		fail("--block or --first", "not whole blocks of the volume");
	if (options->first_bytes >= volume_bytes || options->range_bytes > volume_bytes - options->first_bytes)
		fail("--first or --range", "the volume ends before");
	const uint64_t range_bytes = options->range_bytes > 0 ? options->range_bytes : volume_bytes - options->first_bytes;
	load->volume_block_bytes = (uint32_t)unit;
	load->places = range_bytes / options->block_bytes;
	if (load->places == 0)
		fail("--range", "less than a command");
}

static struct slot *make_slots(struct load *load)
{
	const uint32_t bytes = load->options.block_bytes;
	struct slot *slots = calloc(load->options.depth, sizeof *slots);
	if (slots == NULL)
		fail("no buffers", "out of memory");
	for (uint32_t i = 0; i < load->options.depth; i++) {
		unsigned char *data = malloc(bytes);
		if (data == NULL)
			fail("no buffers", "out of memory");
		for (uint32_t at = 0; at < bytes; at++)
			data[at] = (unsigned char)random_word(&load->random);
		slots[i] = (struct slot){ .load = load, .buffer = { .iov_base = data, .iov_len = bytes } };
	}
	return slots;
}

/* Sets `is_lost` when the session is. */
static void run(struct load *load, struct slot *slots)
{
	load->start_ns = load->last_ns = now_ns();
	load->end_ns = load->start_ns + (uint64_t)(load->options.seconds * (double)NS_PER_S);
	for (uint32_t i = 0; i < load->options.depth; i++)
		send_next(&slots[i]);
	while (load->done < load->sent && !load->is_lost) {
		struct pollfd at = { .fd = iscsi_get_fd(load->iscsi), .events = (short)iscsi_which_events(load->iscsi) };
		if (poll(&at, 1, LOOK_MS) < 0)
			continue;
		if (iscsi_service(load->iscsi, at.revents) < 0)
			load->is_lost = true;
	}
}

static double cpu_seconds(void)
{
	struct rusage used;
	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void report(const struct load *load)
{
	const double seconds = (double)(load->last_ns - load->start_ns) / (double)NS_PER_S;
	printf("{\"ios\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"seconds\":%.6f,\"errors\":%" PRIu64
	       ",\"p50_us\":%.1f,\"p99_us\":%.1f,\"client_cpu_seconds\":%.3f}\n",
	       load->good, load->good * load->options.block_bytes, seconds, load->errors,
	       (double)latency_percentile_ns(&load->latency, 500) / 1e3,
	       (double)latency_percentile_ns(&load->latency, 990) / 1e3, cpu_seconds() - load->setup_cpu_seconds);
	if (load->errors > 0)
		fprintf(stderr, "iscsi-load: %" PRIu64 " errors; status of the first: 0x%x\n", load->errors,
			(unsigned)load->first_bad_status);
}

int main(int argc, char **argv)
{
	static struct load load;
	load.options = parse_options(argc, argv);
	load.random = load.options.seed;
	log_in(&load);
	measure_volume(&load);
	struct slot *slots = make_slots(&load);
	load.setup_cpu_seconds = cpu_seconds();
	run(&load, slots);
	/* Those that were not answered are errors. */
	load.errors += load.sent - load.done;
	report(&load);
	if (load.is_lost)
		fail("the session was lost", iscsi_get_error(load.iscsi));
	iscsi_logout_sync(load.iscsi);
	iscsi_destroy_context(load.iscsi);
	for (uint32_t i = 0; i < load.options.depth; i++)
		free(slots[i].buffer.iov_base);
	free(slots);
	return EXIT_WHOLE;
}
