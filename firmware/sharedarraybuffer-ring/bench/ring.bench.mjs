// Prints one JSON object: the ring against a MessagePort, in one run on one machine.
//
// A message is one item of 16 words, all written and all read. Throughputs are the median of five runs; a hop is half
// of a round trip. The worker is this same file.
import { cpus } from 'node:os';
import { isMainThread, MessageChannel, Worker, workerData } from 'node:worker_threads';
import { DOORBELL_WORDS, Doorbell, Ring, ringWords } from '../dist/index.js';

const CAPACITY = 1024;
const ITEM_WORDS = 16;
const BATCH = 32;
const RING_WORDS = ringWords(CAPACITY, ITEM_WORDS);
const LOCAL = 5_000_000;
const SPINNING = 2_000_000;
const PORT = 100_000;
const HOPS = 20_000;
const WARM_UP_HOPS = 2_000;
const RUNS = 5;

const memory = isMainThread
  ? new Int32Array(new SharedArrayBuffer((2 * RING_WORDS + 2 * DOORBELL_WORDS) * 4))
  : workerData.memory;
const out = new Ring(memory, 0, CAPACITY, ITEM_WORDS); // main to worker
const back = new Ring(memory, RING_WORDS, CAPACITY, ITEM_WORDS);
const workerBell = new Doorbell(memory, 2 * RING_WORDS);
const mainBell = new Doorbell(memory, 2 * RING_WORDS + DOORBELL_WORDS);

function fill(at, value) {
  for (let w = 0; w < ITEM_WORDS; w++) memory[at + w] = value + w;
}

function read(at) {
  let sum = 0;
  for (let w = 0; w < ITEM_WORDS; w++) sum = (sum + memory[at + w]) | 0;
  return sum;
}

function send(ring, value) {
  fill(ring.claim(), value);
  ring.publish();
}

function local(count) {
  let sum = 0;
  for (let sent = 0; sent < count; sent += BATCH) {
    for (let i = 0; i < BATCH; i++) fill(out.claim(), sent + i);
    const n = out.availableLocal();
    for (let i = 0; i < n; i++) sum = (sum + read(out.at(i))) | 0;
    out.releaseLocal(n);
  }
  return sum;
}

function produceSpinning(count, batch) {
  for (let sent = 0; sent < count; ) {
    for (let i = 0; i < batch && sent < count; i++) {
      const at = out.claim();
      if (at === -1) break;
      fill(at, sent++);
    }
    out.publish();
  }
}

function consumeSpinning(count) {
  let sum = 0;
  for (let taken = 0; taken < count; ) {
    const n = out.available();
    for (let i = 0; i < n; i++) sum = (sum + read(out.at(i))) | 0;
    if (n > 0) out.release(n);
    taken += n;
  }
  return sum;
}

const now_us = () => performance.now() * 1000;
const round = (x, digits = 1) => Number(x.toFixed(digits));
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
const median = (list) =>
  quantile(
    [...list].sort((a, b) => a - b),
    0.5,
  );

async function perSecond(count, run) {
  const rates = [];
  for (let i = 0; i <= RUNS; i++) {
    const start = now_us();
    await run();
    rates.push((count / (now_us() - start)) * 1e6);
  }
  return Math.round(median(rates.slice(1))); // the first one warms up
}

async function hop(roundTrip) {
  const hops = [];
  for (let i = -WARM_UP_HOPS; i < HOPS; i++) {
    const start = now_us();
    await roundTrip(i);
    if (i >= 0) hops.push((now_us() - start) / 2);
  }
  hops.sort((a, b) => a - b);
  return { p50_us: round(quantile(hops, 0.5), 2), p99_us: round(quantile(hops, 0.99), 2) };
}

async function main() {
  const { port1: port, port2 } = new MessageChannel();
  const worker = new Worker(new URL(import.meta.url), { workerData: { memory, port: port2 }, transferList: [port2] });
  const next = () => new Promise((resolve) => port.once('message', resolve));
  const order = async (job, ...args) => {
    const started = next();
    port.postMessage({ job, args });
    await started;
  };
  const result = {
    node: process.version,
    cores: cpus().length,
    cpu: cpus()[0]?.model,
    item_bytes: ITEM_WORDS * 4,
    messages_per_s: {},
    hop: {},
  };

  result.messages_per_s.ring_same_thread_local = await perSecond(LOCAL, () => local(LOCAL));
  for (const batch of [BATCH, 1]) {
    result.messages_per_s[`ring_two_threads_spinning_publish_every_${batch}`] = await perSecond(SPINNING, async () => {
      await order('consumeSpinning', SPINNING);
      const done = next();
      produceSpinning(SPINNING, batch);
      await done;
    });
  }
  const payload = new Int32Array(ITEM_WORDS);
  result.messages_per_s.message_port_two_threads = await perSecond(PORT, async () => {
    await order('countPort', PORT);
    const done = next();
    for (let i = 0; i < PORT; i++) {
      payload.fill(i);
      port.postMessage(payload);
    }
    await done;
  });

  const take = () => {
    read(back.at(0));
    back.release(1);
  };
  await order('echo', 'spin');
  result.hop.ring_spinning = await hop((i) => {
    send(out, i);
    while (back.available() === 0);
    take();
  });
  await next();
  await order('echo', 'park');
  result.hop.ring_parked = await hop((i) => {
    send(out, i);
    workerBell.ring(0);
    mainBell.park();
    mainBell.take();
    take();
  });
  await next();
  await order('echo', 'parkAsync');
  result.hop.ring_parked_async = await hop(async (i) => {
    send(out, i);
    workerBell.ring(0);
    await mainBell.parkAsync();
    mainBell.take();
    take();
  });
  await next();
  await order('echoPort');
  result.hop.message_port = await hop((i) => {
    payload.fill(i);
    const answer = next();
    port.postMessage(payload);
    return answer;
  });

  port.close();
  await worker.terminate();
  console.log(JSON.stringify(result, null, 2));
}

function serve() {
  const { port } = workerData;
  const echoes = HOPS + WARM_UP_HOPS;
  const jobs = {
    consumeSpinning(count) {
      consumeSpinning(count);
      port.postMessage('done');
    },
    countPort(count) {
      let seen = 0;
      handle = (message) => {
        let sum = 0;
        for (let w = 0; w < ITEM_WORDS; w++) sum = (sum + message[w]) | 0;
        if (++seen < count) return;
        handle = obey;
        port.postMessage(sum);
      };
    },
    echoPort() {
      handle = (message) => port.postMessage(message);
    },
    async echo(how) {
      for (let i = 0; i < echoes; i++) {
        if (how === 'spin') while (out.available() === 0);
        else if (how === 'park') workerBell.park();
        else await workerBell.parkAsync();
        if (how !== 'spin') workerBell.take();
        const value = memory[out.at(0)];
        out.release(1);
        send(back, value);
        if (how !== 'spin') mainBell.ring(0);
      }
      port.postMessage('done');
    },
  };
  const obey = ({ job, args }) => {
    port.postMessage('started');
    jobs[job](...args);
  };
  let handle = obey;
  port.on('message', (message) => handle(message));
}

if (isMainThread) await main();
else serve();
