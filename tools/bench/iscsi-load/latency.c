#include "latency.h"

#define SUB_BUCKETS (1u << LATENCY_SUB_BITS)

/* Values below 2 * SUB_BUCKETS have a bucket each. */
static unsigned bucket_of(uint64_t ns)
{
	if (ns < SUB_BUCKETS)
		return (unsigned)ns;
	const unsigned shift = 63 - LATENCY_SUB_BITS - (unsigned)__builtin_clzll(ns);
	return (shift << LATENCY_SUB_BITS) + (unsigned)(ns >> shift);
}

static uint64_t largest_of(unsigned bucket)
{
	if (bucket < 2 * SUB_BUCKETS)
		return bucket;
	const unsigned shift = (bucket >> LATENCY_SUB_BITS) - 1;
	const uint64_t least = (uint64_t)((bucket & (SUB_BUCKETS - 1)) + SUB_BUCKETS) << shift;
	return least + (((uint64_t)1 << shift) - 1);
}

void latency_add(struct latency *latency, uint64_t ns)
{
	latency->total++;
	latency->counts[bucket_of(ns)]++;
}

uint64_t latency_percentile_ns(const struct latency *latency, unsigned permille)
{
	const uint64_t rank = latency->total - latency->total * (1000 - permille) / 1000;
	uint64_t seen = 0;
	for (unsigned bucket = 0; bucket < LATENCY_BUCKETS; bucket++) {
		seen += latency->counts[bucket];
		if (seen > 0 && seen >= rank)
			return largest_of(bucket);
	}
	return 0;
}
