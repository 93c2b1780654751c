/** The ring by itself: the benchmark of its package, as a child process, beside Node's MessagePort. */
import { outputOf } from './children.js';
import type { Figure } from './figures.js';

const SCRIPT = 'firmware/sharedarraybuffer-ring/bench/ring.bench.mjs';
const PORT = 'MessagePort';

interface Report {
  readonly messages_per_s: Readonly<Record<string, number>>;
  readonly hop: Readonly<Record<string, { readonly p50_us: number; readonly p99_us: number }>>;
}

/** Errors: when the benchmark does not end well, or says something else than what is looked for. */
export async function benchRing(): Promise<Figure[]> {
  const { messages_per_s: rate, hop } = JSON.parse(await outputOf('ring', process.execPath, [SCRIPT])) as Report;
  const port = rate.message_port_two_threads;
  const figures: Figure[] = [
    { name: 'ring: one thread', unit: 'messages/s', value: rate.ring_same_thread_local },
    ...[32, 1].map((batch) => {
      const value = rate[`ring_two_threads_spinning_publish_every_${batch}`];
      const name = `ring: two threads, published by ${batch}`;
      return { name, unit: 'messages/s', value, peers: { [PORT]: port }, ratios: { [PORT]: value / port } };
    }),
    { name: 'ring: hop, spinning (median)', unit: 'us', value: hop.ring_spinning.p50_us },
    { name: 'ring: hop, parked (median)', unit: 'us', value: hop.ring_parked.p50_us },
  ];
  const missing = figures.find(({ value }) => typeof value !== 'number');
  if (missing) throw new Error(`${SCRIPT} does not tell the figure "${missing.name}"`);
  return figures;
}
