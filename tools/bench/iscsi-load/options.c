#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libiscsi sends a command at once or not at all; its block count has 32 bits, and a buffer is kept for each in flight. */
#define MAX_BLOCK_BYTES (16u << 20)
#define MAX_DEPTH 1024u
#define MAX_SECONDS 86400u

static const char USAGE[] =
	"usage: iscsi-load --rw KIND (--seconds S | --count N) [options] iscsi://[USER%SECRET@]HOST:PORT/TARGET/LUN\n"
	"\n"
	"Keeps commands outstanding at one LUN, counts errors, and prints a report in JSON.\n"
	"\n"
	"  --rw KIND      randread, randwrite, read or write; the last two go through the range in order, again and again\n"
	"  --block B      bytes of a command, whole blocks of the volume; default 4096\n"
	"  --depth N      commands outstanding, 1 to 1024; default 1\n"
	"  --seconds S    how long commands are sent; those outstanding are waited for\n"
	"  --count N      how many commands are sent\n"
	"  --first B      first byte of the range of the volume; default 0\n"
	"  --range B      bytes of the range, at least a command; default to the end of the volume\n"
	"  --seed N       decides which blocks, and what is written; default 1\n";

enum { RW = 1, BLOCK, DEPTH, SECONDS, COUNT, FIRST, RANGE, SEED, HELP };

static const struct option OPTIONS[] = {
	{ "rw", required_argument, NULL, RW },
	{ "block", required_argument, NULL, BLOCK },
	{ "depth", required_argument, NULL, DEPTH },
	{ "seconds", required_argument, NULL, SECONDS },
	{ "count", required_argument, NULL, COUNT },
	{ "first", required_argument, NULL, FIRST },
	{ "range", required_argument, NULL, RANGE },
	{ "seed", required_argument, NULL, SEED },
	{ "help", no_argument, NULL, HELP },
	{ 0 },
};

static void refuse(const char *what)
{
	fprintf(stderr, "iscsi-load: %s\n\n%s", what, USAGE);
	exit(EXIT_USAGE);
}

static uint64_t whole(const char *option, const char *text, uint64_t least, uint64_t most)
{
	char *end = NULL;
	errno = 0;
	const uint64_t value = strtoull(text, &end, 10);
	/* strtoull takes a minus sign for a wrap around. */
	if (errno == 0 && text[0] >= '0' && text[0] <= '9' && *end == '\0' && value >= least && value <= most)
		return value;
	char what[256];
	snprintf(what, sizeof what, "--%s is \"%.64s\"; it must be %" PRIu64 " to %" PRIu64 ", whole", option, text, least,
		 most);
	refuse(what);
	return 0;
}

static double duration(const char *text)
{
	char *end = NULL;
	const double value = strtod(text, &end);
	if (end != text && *end == '\0' && value > 0 && value <= MAX_SECONDS)
		return value;
	char what[256];
	snprintf(what, sizeof what, "--seconds is \"%.64s\"; it must be more than 0, at most %u", text, MAX_SECONDS);
	refuse(what);
	return 0;
}

static void take_kind(struct options *options, const char *kind)
{
	options->writes = strcmp(kind, "write") == 0 || strcmp(kind, "randwrite") == 0;
	options->sequential = strcmp(kind, "read") == 0 || strcmp(kind, "write") == 0;
	if (options->writes || options->sequential || strcmp(kind, "randread") == 0)
		return;
	char what[256];
	snprintf(what, sizeof what, "--rw is \"%.64s\"; kinds are randread, randwrite, read, write", kind);
	refuse(what);
}

static void take(struct options *options, int option)
{
	switch (option) {
	case RW:
		take_kind(options, optarg);
		return;
	case BLOCK:
		options->block_bytes = (uint32_t)whole("block", optarg, 1, MAX_BLOCK_BYTES);
		return;
	case DEPTH:
		options->depth = (uint32_t)whole("depth", optarg, 1, MAX_DEPTH);
		return;
	case SECONDS:
		options->seconds = duration(optarg);
		return;
	case COUNT:
		options->count = whole("count", optarg, 1, UINT64_MAX);
		return;
	case FIRST:
		options->first_bytes = whole("first", optarg, 0, INT64_MAX);
		return;
	case RANGE:
		options->range_bytes = whole("range", optarg, 1, INT64_MAX);
		return;
	case SEED:
		options->seed = whole("seed", optarg, 0, UINT64_MAX);
		return;
	case HELP:
		fputs(USAGE, stdout);
		exit(0);
	default:
		/* getopt_long has said what is wrong. */
		fprintf(stderr, "\n%s", USAGE);
		exit(EXIT_USAGE);
	}
}

struct options parse_options(int argc, char **argv)
{
	struct options options = { .block_bytes = 4096, .depth = 1, .seed = 1 };
	bool has_kind = false;
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		take(&options, option);
		has_kind = has_kind || option == RW;
	}
	if (!has_kind)
		refuse("--rw is missing");
	if ((options.seconds > 0) == (options.count > 0))
		refuse("one of --seconds and --count ends the run; give one");
	if (optind != argc - 1)
		refuse(optind == argc ? "the URL of a LUN is missing" : "one URL, please");
	options.url = argv[optind];
	return options;
}
