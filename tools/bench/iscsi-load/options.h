/* What iscsi-load is asked to do: options of the command line, checked. */
#ifndef ISCSI_LOAD_OPTIONS_H
#define ISCSI_LOAD_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses: 0 the run is whole (its errors are in the report), 1 it could not be made whole, 2 wrong options. */
enum { EXIT_WHOLE = 0, EXIT_BROKEN = 1, EXIT_USAGE = 2 };

struct options {
	const char *url;
	bool writes;
	bool sequential;
	uint32_t block_bytes;
	uint32_t depth;
	/* One of both is 0: the run ends by the other. */
	double seconds;
	uint64_t count;
	uint64_t first_bytes;
	/* 0: to the end of the volume. */
	uint64_t range_bytes;
	uint64_t seed;
};

/* Ends the process with EXIT_USAGE and a reason when an option is wrong, and with 0 after --help. */
struct options parse_options(int argc, char **argv);

#endif
