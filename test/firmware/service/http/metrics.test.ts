import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Served, serve } from '../../../../firmware/runtime/live/serve.js';
import { metricsText } from '../../../../firmware/service/http/metrics.js';
import { type Service, startService } from '../../../../firmware/service/http/service.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadRig } from '../../../../firmware/service/rig.js';
import { NbdClient, request } from '../../../adapters/channel/nbd-client.js';
import { type Family, parsePrometheus, valueIn } from '../../../harness/prometheus.js';
import { usePrivateFolder } from './private-folder.js';
import { StandIn } from './stand-in.js';

vi.setConfig({ testTimeout: 60_000 });
usePrivateFolder();

/** So small that the volume has several. */
const BLOCK_BYTES = 512;
const READ = 0;
const WRITE = 1;
const REPLY_BYTES = 16;

let served: Served;
let service: Service;
let token = '';

beforeAll(async () => {
  served = await serve({
    rig: loadRig('tiny-pair'),
    images: loadImages(),
    placement: 'fused',
    portBase: 0,
    secretOf: () => {
      throw new Error('no secret is needed when both ends of a link are here');
    },
    onDead: (array, roles, reason) => {
      throw new Error(`${array} ${roles.join('+')}: ${reason}`);
    },
  });
  service = await startService(served.system, { http: { host: '127.0.0.1', port: 0 }, rigId: 'r1' });
  token = readFileSync(service.tokenFile, 'utf8').trim();
});
afterAll(async () => {
  await service.close();
  await served.close();
});

async function scrape(): Promise<Map<string, Family>> {
  const answer = await fetch(`${service.url}/metrics`, { headers: { authorization: `Bearer ${token}` } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([
    200,
    'text/plain; version=0.0.4; charset=utf-8',
  ]);
  return parsePrometheus(await answer.text());
}

/** How much each of these series grew while something was done. */
async function growth(series: readonly string[], act: () => Promise<void>): Promise<number[]> {
  const before = await scrape();
  await act();
  const after = await scrape();
  return series.map((s) => (valueIn(after, s) ?? Number.NaN) - (valueIn(before, s) ?? Number.NaN));
}

/** One after another, on the first blocks of A:data0. */
async function ask(type: number, blocks: number): Promise<void> {
  const client = await NbdClient.attach(Number(served.arrays[0].nbd.split(':')[1]));
  for (let i = 0; i < blocks; i++) {
    const head = request({ type, cookie: i + 1, offset: i * BLOCK_BYTES, length: BLOCK_BYTES });
    client.send(head, ...(type === WRITE ? [Buffer.alloc(BLOCK_BYTES, i + 1)] : []));
    const reply = await client.read(REPLY_BYTES + (type === READ ? BLOCK_BYTES : 0));
    expect(reply.readUInt32BE(4)).toBe(0);
  }
  client.socket.destroy();
}

const DATA0 = 'array="A",volume="data0"';
const owed = 'arraylab_tracks{array="A",volume="data0",copy="other",flag="invalid"}';

describe('/metrics', () => {
  it('needs the token', async () => {
    const { status } = await fetch(`${service.url}/metrics`);
    expect(status).toBe(401);
  });

  it('counts what hosts write, their bytes and response times, at the volume that they write to', async () => {
    const grew = await growth(
      [
        `arraylab_host_commands_total{${DATA0},op="write"}`,
        `arraylab_host_bytes_total{${DATA0},op="write"}`,
        `arraylab_host_response_seconds_count{${DATA0},op="write"}`,
        `arraylab_host_commands_total{${DATA0},op="read"}`,
        'arraylab_host_commands_total{array="A",volume="work0",op="write"}',
      ],
      () => ask(WRITE, 7),
    );
    expect(grew).toEqual([7, 7 * BLOCK_BYTES, 7, 0, 0]);
  });

  it('counts what hosts read', async () => {
    const sum = `arraylab_host_response_seconds_sum{${DATA0},op="read"}`;
    const [commands, bytes, count, seconds] = await growth(
      [
        `arraylab_host_commands_total{${DATA0},op="read"}`,
        `arraylab_host_bytes_total{${DATA0},op="read"}`,
        `arraylab_host_response_seconds_count{${DATA0},op="read"}`,
        sum,
      ],
      () => ask(READ, 5),
    );
    expect([commands, bytes, count]).toEqual([5, 5 * BLOCK_BYTES, 5]);
    expect(seconds).toBeGreaterThan(0);
  });

  it('counts what goes over the link at both ends, and the micro-operations that it took', async () => {
    const [sent, received, messages, ops] = await growth(
      [
        'arraylab_link_bytes_total{array="A",peer="B",link="0",direction="sent"}',
        'arraylab_link_bytes_total{array="B",peer="A",link="0",direction="received"}',
        'arraylab_link_messages_total{array="B",peer="A",link="0",direction="received"}',
        'arraylab_micro_operations_total{array="B",role="data"}',
      ],
      () => ask(WRITE, 4),
    );
    expect(sent).toBeGreaterThan(4 * BLOCK_BYTES);
    expect(received).toBeGreaterThan(4 * BLOCK_BYTES);
    expect(messages).toBeGreaterThanOrEqual(4);
    expect(ops).toBeGreaterThan(0);
  });

  it('shows a link that is held, the state of its pair, and the track that the other array is owed', async () => {
    await served.system.linkDown('A-B');
    await ask(WRITE, 1);
    const held = await scrape();
    expect(valueIn(held, owed)).toBe(1);
    const ends = ['up', 'down', 'held'].map((s) =>
      valueIn(held, `arraylab_link_state{link="A-B",array="A",state="${s}"}`),
    );
    expect(ends).toEqual([0, 0, 1]);
    const states = ['PAIR', 'PSUE'].map((s) =>
      valueIn(held, `arraylab_pair_state{pair="A:data0",array="A",state="${s}"}`),
    );
    expect(states).toEqual([0, 1]);
    await served.system.linkUp('A-B');
    await vi.waitUntil(async () => valueIn(await scrape(), owed) === 0, { timeout: 30_000 });
  });

  it('says what each array has: rings, pools with their limits, directors', async () => {
    const seen = await scrape();
    expect(valueIn(seen, 'arraylab_director_up{array="A",director="ca1",roles="channel+data+cache+disk+remote"}')).toBe(
      1,
    );
    expect(valueIn(seen, 'arraylab_ring_messages{array="B",from="channel",to="data"}')).toBe(0);
    expect(valueIn(seen, 'arraylab_ring_capacity_messages{array="B",from="channel",to="data"}')).toBeGreaterThan(1);
    const limit = loadRig('tiny-pair').arrays[0].hostWpLimit;
    expect(valueIn(seen, 'arraylab_pool_write_pending_limit_slots{array="A",pool="host"}')).toBe(limit);
  });

  it('of an array without power says that, and its counts begin anew with its next start', async () => {
    await ask(READ, 2);
    await served.system.crash('A');
    const off = await scrape();
    expect([valueIn(off, 'arraylab_array_up{array="A"}'), valueIn(off, 'arraylab_array_up{array="B"}')]).toEqual([
      0, 1,
    ]);
    expect(valueIn(off, `arraylab_host_commands_total{${DATA0},op="read"}`)).toBeUndefined();
    await served.system.start('A');
    expect(valueIn(await scrape(), `arraylab_host_commands_total{${DATA0},op="read"}`)).toBe(0);
  });

  it('escapes what labels must not hold', async () => {
    const text = await metricsText(new StandIn({ arrays: ['a"b\\c\nd'] }));
    expect(valueIn(parsePrometheus(text), 'arraylab_array_up{array="a\\"b\\\\c\\nd"}')).toBe(1);
  });
});
