import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { DIMENSIONS, type End, greeted, listening, type Pair, pair, span, until } from './end.js';
import { RawPeer } from './raw-peer.js';
import { Wire } from './wire.js';

const ZERO = 1;
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: Parameters<typeof pair>[0] = {}): Promise<Pair> {
  const both = await pair(options);
  closers.push(both.close);
  await greeted(both);
  return both;
}

const data = (sectors: number, seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: sectors * SECTOR_BYTES }, (_, i) => (i * 7 + (i >> 8) + seed * 31) & 255));

/** Receive buffers of an end that lie within its memory's receive area, and are different. */
const placesOf = (end: End): number[] => end.of('FAR_APPLY').map((t) => t.fields.at);

describe('a link between two arrays', () => {
  test('brings a write with its bytes into a receive buffer, and its answer back', async () => {
    const { a, b } = await open();
    const bytes = data(5, 1);
    b.write(0x12003, 3, bytes, b.memory.layout.transferAt, { volume: 7, track: 9, epoch: 2, gen: -5, flags: 2 });
    b.pump();
    await until('the write', () => a.of('FAR_APPLY').length === 1);
    const [write] = a.of('FAR_APPLY');
    expect(write.bytes).toEqual(bytes);
    const { at, ...fields } = write.fields;
    expect(fields).toEqual({ volume: 7, track: 9, span: span(3, 5), epoch: 2, gen: -5, flags: 2, wire: a.wire });
    expect((at - a.memory.layout.receiveAt) % DIMENSIONS.sectorsPerTrack).toBe(0);
    a.say('FAR_APPLIED', { result: 5 }, write.token);
    a.pump();
    await until('the answer', () => b.of('FAR_APPLIED').length === 1);
    expect(b.of('FAR_APPLIED')[0]).toMatchObject({ answers: 0x12003, fields: { result: 5 } });
  });

  test('brings zeroes without bytes and without a receive buffer', async () => {
    const { a, b } = await open();
    b.say('FAR_APPLY', { span: span(0, 16), at: 77, flags: ZERO }, 4);
    b.pump();
    await until('the write', () => a.of('FAR_APPLY').length === 1);
    expect(a.of('FAR_APPLY')[0].fields).toMatchObject({ span: span(0, 16), at: 0, flags: ZERO });
    expect(a.port.buffers.free).toBe(DIMENSIONS.credits);
  });

  test('brings a question and all words of its answer, to the token that asked', async () => {
    const { a, b } = await open();
    a.say('FAR_CALL', { what: 3, volume: 1, a: -1, b: 0x7fffffff, c: -0x80000000, d: 70_000 }, -17);
    a.pump();
    await until('the question', () => b.of('FAR_CALL').length === 1);
    const [call] = b.of('FAR_CALL');
    expect(call.fields).toEqual({ what: 3, volume: 1, a: -1, b: 0x7fffffff, c: -0x80000000, d: 70_000, wire: b.wire });
    b.say('FAR_ANSWER', { result: 0, a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }, call.token);
    b.pump();
    await until('the answer', () => a.of('FAR_ANSWER').length === 1);
    expect(a.of('FAR_ANSWER')[0]).toMatchObject({ answers: -17, fields: { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 } });
  });

  test('tells the other side in the greeting how many writes it takes', async () => {
    const { a, b } = await open();
    expect(b.of('HELLO')[0].fields.credits).toBe(DIMENSIONS.credits);
    expect(a.of('HELLO')[0].fields.credits).toBe(DIMENSIONS.credits);
  });

  test('brings credits in parts that the remote role can go through in one run', async () => {
    const { a, b } = await open();
    a.say('FAR_CREDIT', { count: 3000 });
    a.pump();
    await until('the credits', () => b.of('FAR_CREDIT').length === 3);
    expect(b.of('FAR_CREDIT').map((t) => t.fields.count)).toEqual([1024, 1024, 952]);
  });

  test('carries any batches of messages in their order, bytes intact, however the wire cuts them into pieces', async () => {
    const message = fc.oneof(
      fc.record({ kind: fc.constant('write'), first: fc.nat(15), count: fc.integer({ min: 1, max: 16 }) }),
      fc.record({ kind: fc.constantFrom('zeroes', 'call', 'credit'), first: fc.nat(15), count: fc.constant(1) }),
    );
    const batches = fc.array(fc.array(message, { minLength: 1, maxLength: 32 }), { minLength: 1, maxLength: 4 });
    const pieces = fc.array(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 400, max: 9000 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(batches, pieces, async (rounds, cuts) => {
        let wire: Wire | undefined;
        const through = (port: number): Promise<number> =>
          Wire.before(port, (made) => {
            wire = made;
            made.pieces = cuts;
          });
        const both = await pair({}, through);
        const { a, b } = both;
        try {
          await greeted(both);
          for (const [r, round] of rounds.entries()) {
            const before = a.told.length;
            const places = new Map<number, Buffer>();
            for (const [i, { kind, first, count }] of round.entries()) {
              const n = Math.min(count, 16 - first);
              const token = r * 100 + i + 1;
              if (kind === 'write') {
                places.set(i, data(n, token));
                b.write(token, first, data(n, token), b.memory.layout.transferAt + 16 * i, { track: i });
              } else if (kind === 'zeroes') b.say('FAR_APPLY', { span: span(first, 1), flags: ZERO, track: i }, token);
              else if (kind === 'call') b.say('FAR_CALL', { what: i }, token);
              else b.say('FAR_CREDIT', { count: i + 1 });
            }
            b.pump();
            await until('the batch', () => a.told.length === before + round.length);
            const came = a.told.slice(before);
            for (const [i, { kind }] of round.entries()) {
              const name = kind === 'call' ? 'FAR_CALL' : kind === 'credit' ? 'FAR_CREDIT' : 'FAR_APPLY';
              expect(came[i].kind).toBe(name);
              expect(came[i].bytes).toEqual(places.get(i));
              if (name === 'FAR_APPLY') expect(came[i].fields.track).toBe(i);
              else expect(Object.values(came[i].fields)[0]).toBe(name === 'FAR_CALL' ? i : i + 1);
            }
            for (const t of came) {
              if (t.kind === 'FAR_APPLY') a.say('FAR_APPLIED', { result: 0 }, t.token);
              if (t.kind === 'FAR_CALL') a.say('FAR_ANSWER', { result: 0 }, t.token);
            }
            const given = came.filter((t) => t.kind === 'FAR_APPLY').length;
            if (given > 0) a.say('FAR_CREDIT', { count: given });
            a.pump();
            const asked = came.filter((t) => t.kind !== 'FAR_CREDIT').length;
            const answers = (): number[] =>
              b.told
                .filter((t) => t.kind.startsWith('FAR_A'))
                .map((t) => t.answers)
                .filter((t) => t >= r * 100);
            await until('the answers', () => answers().length === asked);
            const tokens = round.flatMap(({ kind }, i) => (kind === 'credit' ? [] : [r * 100 + i + 1]));
            expect(answers()).toEqual(tokens);
            await until('the credits', () => given === 0 || b.kinds().at(-1) === 'FAR_CREDIT');
          }
          expect(a.port.buffers.free).toBe(DIMENSIONS.credits);
          expect(a.port.requests.free).toBe(a.port.requests.capacity);
        } finally {
          await both.close();
          wire?.close();
        }
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test('sends all that one pump finds as one frame', async () => {
    const { end, peer } = await withRawPeer();
    end.hello();
    for (let i = 0; i < 32; i++) end.write(i + 1, 0, data(8, i), end.memory.layout.transferAt + 16 * i);
    end.pump();
    await until('the frames', () => peer.came.filter((f) => f.type === 4).length === 2);
    const [greeting, writes] = peer.came.filter((f) => f.type === 4);
    expect(greeting.payload.length).toBe(0);
    expect(writes.payload.equals(Buffer.concat(Array.from({ length: 32 }, (_, i) => data(8, i))))).toBe(true);
  });

  test('sends more than a frame holds as several', async () => {
    const { end, peer } = await withRawPeer();
    end.hello();
    for (let i = 0; i < 150; i++) end.say('FAR_CREDIT', { count: 1 });
    end.pump();
    await until('the frames', () => peer.came.filter((f) => f.type === 4).length === 3);
    expect(peer.came.map((f) => f.sequence)).toEqual(peer.came.map((_, i) => i));
  });

  test('waits, and does not read on, while the remote role takes no messages', async () => {
    const { a, b } = await open();
    a.sleeps = true;
    const first = a.port.room() + 50;
    const counts = Array.from({ length: first + 200 }, (_, i) => (i % 7) + 1);
    const say = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        b.say('FAR_CREDIT', { count: counts[i] });
        if (i % 40 === 0) b.pump();
      }
      b.pump();
    };
    say(0, first);
    await until('the ring to be full', () => a.port.room() === 0);
    say(first, counts.length);
    // Time for the socket to bring more than it should.
    let turns = 0;
    await until('some turns', () => ++turns > 50);
    a.sleeps = false;
    a.pump();
    await until('the rest', () => a.of('FAR_CREDIT').length >= counts.length);
    expect(a.of('FAR_CREDIT').map((t) => t.fields.count)).toEqual(counts);
    expect(a.states.at(-1)?.state).toBe('up');
  });

  test('goes on by itself when the remote role has taken messages and nobody pumps the port', async () => {
    const { a, b } = await open();
    a.sleeps = true;
    const calls = a.port.room() + 5;
    for (let i = 0; i < calls; i++) b.say('FAR_CREDIT', { count: 1 });
    b.pump();
    await until('the ring to be full', () => a.port.room() === 0);
    a.sleeps = false;
    a.listen();
    await until('the rest', () => a.of('FAR_CREDIT').length === calls);
  });

  test('gives every receive buffer to one write at a time', async () => {
    const { a, b } = await open();
    a.givesBack = false;
    for (let i = 0; i < DIMENSIONS.credits; i++) b.write(i + 1, 0, data(1, i), b.memory.layout.transferAt + i);
    b.pump();
    await until('the writes', () => a.of('FAR_APPLY').length === DIMENSIONS.credits);
    expect(new Set(placesOf(a)).size).toBe(DIMENSIONS.credits);
    expect(a.port.buffers.free).toBe(0);
  });
});

async function withRawPeer(): Promise<{ end: End; peer: RawPeer }> {
  const { end, port } = await listening();
  const peer = await RawPeer.up(port);
  closers.push(
    () => peer.destroy(),
    () => end.link.close(),
  );
  await until('the link', () => end.wire > 0);
  return { end, peer };
}
