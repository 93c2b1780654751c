/*
 * Times of commands, in a table of fixed size: 64 buckets for each power of two, so that a percentile is at most 1/64
 * above what was measured, however many commands there were.
 */
#ifndef ISCSI_LOAD_LATENCY_H
#define ISCSI_LOAD_LATENCY_H

#include <stdint.h>

#define LATENCY_SUB_BITS 6
#define LATENCY_BUCKETS ((64 - LATENCY_SUB_BITS + 1) << LATENCY_SUB_BITS)

struct latency {
	uint64_t total;
	uint64_t counts[LATENCY_BUCKETS];
};

void latency_add(struct latency *latency, uint64_t ns);

/* The time that `permille` of 1000 commands did not exceed, in ns; 0 when there was none. */
uint64_t latency_percentile_ns(const struct latency *latency, unsigned permille);

#endif
