import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import type { Dimensions } from '../../../../firmware/memory/layout.js';
import { DIMENSIONS, End, listening, pair, span, until } from './end.js';
import {
  FAR_ANSWER,
  FAR_APPLIED,
  FAR_APPLY,
  FAR_CALL,
  FAR_CREDIT,
  type Frame,
  GOODBYE,
  GREETING,
  HEARTBEAT,
  HELLO,
  header,
  MESSAGES,
  RawPeer,
} from './raw-peer.js';
import { Wire } from './wire.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A link that is up, A has greeted, and B, by hand, too. */
async function open(dims: Partial<Dimensions> = {}): Promise<{ end: End; peer: RawPeer }> {
  const end = new End({ listen: { host: '127.0.0.1', port: 0 } }, dims);
  const where = await end.link.start();
  const peer = await RawPeer.up(where?.port ?? 0);
  closers.push(
    () => peer.destroy(),
    () => end.link.close(),
  );
  await until('the link', () => end.wire > 0);
  end.hello();
  await peer.next(MESSAGES);
  peer.batch([HELLO, 9, 10, 0, 0]);
  await until('the greeting', () => end.of('HELLO').length === 1);
  return { end, peer };
}

const call = (token: number): number[] => [FAR_CALL, token, 0, 0, 0, 0, 0, 0, 0];
const write = (token: number, where: number, flags = 0): number[] => [FAR_APPLY, token, 0, 0, where, 0, 0, 0, flags, 0];
const sectors = (n: number): Buffer => Buffer.alloc(n * SECTOR_BYTES, 5);
const times = (n: number, words: (i: number) => number[]): number[] =>
  Array.from({ length: n }, (_, i) => words(i)).flat();

/** The link ended for this reason, the other side was told, and nothing of the bad frame was handed over. */
async function expectEnd(end: End, peer: RawPeer, reason: string | RegExp, before: number): Promise<void> {
  await until('the end of the link', () => end.wire === 0);
  expect(end.reason).toMatch(reason);
  expect(await peer.goodbye()).toBe(end.reason);
  await until('the socket to close', () => peer.closed);
  expect(end.kinds().slice(before)).toEqual(['LINK_DOWN']);
  expect(end.port.buffers.free).toBe(DIMENSIONS.credits);
  expect(end.port.requests.free).toBe(end.port.requests.capacity);
}

describe('a frame that is wrong ends the link, and nothing of it is handed over', () => {
  const good = { type: MESSAGES, header: header(call(1)) };

  test.each<[string, Frame, RegExp]>([
    ['another magic', { ...good, magic: 'ALNX' }, /no frame of a link/],
    ['another version', { ...good, version: 3 }, /a frame of link version 3; this array speaks 2/],
    ['a type that there is not', { ...good, type: 99 }, /type 99 is out of place/],
    ['a greeting again', { ...good, type: GREETING }, /GREETING is out of place/],
    ['a wrong CRC', { ...good, crc: 1 }, /damaged on its way \(CRC\)/],
    ['a heartbeat with a wrong CRC', { type: HEARTBEAT, crc: 1 }, /damaged on its way \(CRC\)/],
    ['a goodbye with a wrong CRC', { type: GOODBYE, header: Buffer.from('away'), crc: 1 }, /damaged on its way/],
    ['a frame left out', { ...good, sequence: 5 }, /frame 5 came where 4 was to come/],
    ['a frame sent again', { ...good, sequence: 3 }, /frame 3 came where 4 was to come/],
    ['another session', { ...good, epoch: Buffer.alloc(8, 3) }, /another session/],
    ['the session before it was agreed', { ...good, epoch: Buffer.alloc(8) }, /another session/],
    ['a header over the limit', { ...good, headerBytes: 8196 }, /a header of 8196 bytes; whole words up to 8192/],
    ['a header of 4 GiB', { ...good, headerBytes: 0xffffffff }, /a header of -1 bytes/],
    ['a header of part of a word', { ...good, headerBytes: 5 }, /a header of 5 bytes; whole words/],
    ['a payload over the limit', { ...good, payloadBytes: (1 << 20) + 512 }, /a payload of 1049088 bytes/],
    ['a payload of 4 GiB', { ...good, payloadBytes: 0xfffffe00 }, /a payload of -512 bytes/],
    ['a payload that no write has', { ...good, payload: sectors(1) }, /a payload of 512 bytes for writes of 0/],
    ['a heartbeat with a payload', { type: HEARTBEAT, payload: sectors(1) }, /a payload of 512 bytes; 0 are allowed/],
    ['a heartbeat with too much of a header', { type: HEARTBEAT, header: Buffer.alloc(1024) }, /up to 512 are allowed/],
    ['an empty header', { type: MESSAGES }, /is not an array/],
    [
      'text for a header',
      { type: MESSAGES, header: Buffer.from('dc0001a461626364', 'hex') },
      /more than 32-bit integers/,
    ],
  ])('%s', async (_, frame, reason) => {
    const { end, peer } = await open();
    const before = end.told.length;
    peer.frame(frame);
    await expectEnd(end, peer, reason, before);
  });

  test.each<[string, number[], number, RegExp]>([
    ['a second greeting', [HELLO, 9, 1, 0, 0], 0, /a second greeting/],
    ['a kind that no link carries', [7, 1], 0, /kind 7: no link carries it/],
    ['kind 0', [0], 0, /kind 0: no link/],
    ['a negative kind', [-1], 0, /kind -1: no link/],
    ['part of a message', call(1).slice(0, 5), 0, /part of a message/],
    ['an answer that nobody asked', [FAR_APPLIED, 5, 0], 0, /an answer to 5, which nobody asked/],
    ['another answer that nobody asked', [FAR_ANSWER, 5, 0, 0, 0, 0, 0, 0, 0], 0, /which nobody asked/],
    ['no credits', [FAR_CREDIT, 0, 0], 0, /0 credits in one message/],
    ['negative credits', [FAR_CREDIT, -1, 0], 0, /-1 credits in one message/],
    ['too many credits in a message', [FAR_CREDIT, 4097, 0], 0, /4097 credits in one message; 1 to 4096/],
    [
      'too many credits together',
      times(16, () => [FAR_CREDIT, 4096, 0]),
      0,
      /65546 credits together; 65535 are the most/,
    ],
    ['a write of no sector', write(1, span(3, 0)), 0, /sectors 3 \+ 0; a track has 16/],
    ['a write past the end of the track', write(1, span(10, 7)), 7, /sectors 10 \+ 7; a track has 16/],
    ['zeroes past the end of the track', write(1, span(0, 17), 1), 0, /sectors 0 \+ 17; a track has 16/],
    ['the widest span', write(1, -1), 0, /sectors 65535 \+ 65535/],
    ['a write without its bytes', write(1, span(0, 2)), 0, /a payload of 0 bytes for writes of 1024/],
    ['a write with too many bytes', write(1, span(0, 2)), 3, /a payload of 1536 bytes for writes of 1024/],
    ['one write more than there are credits', times(33, (i) => write(i, span(0, 1))), 33, /a write without a credit/],
    ['zeroes beyond the credits', times(33, (i) => write(i, span(0, 1), 1)), 0, /a write without a credit/],
    ['a good message before a bad one', [...call(1), FAR_CREDIT, 0, 0], 0, /0 credits/],
    ['good writes before a bad message', [...write(1, span(0, 1)), 9], 1, /kind 9/],
    ['more messages than a batch has', times(129, () => [FAR_CREDIT, 1, 0]), 0, /part of a message/],
  ])('%s', async (_, words, payload, reason) => {
    const { end, peer } = await open();
    const before = end.told.length;
    peer.batch(words, sectors(payload));
    await expectEnd(end, peer, reason, before);
  });

  test('writes whose CRC is wrong', async () => {
    const { end, peer } = await open();
    const before = end.told.length;
    peer.batch([...write(1, span(0, 4)), ...write(2, span(4, 4))], sectors(8), { crc: 12 });
    await expectEnd(end, peer, /damaged/, before);
  });

  test('a message before the greeting', async () => {
    const { end, port } = await listening();
    const peer = await RawPeer.up(port);
    closers.push(() => end.link.close());
    await until('the link', () => end.wire > 0);
    peer.batch(call(1));
    await expectEnd(end, peer, /a message before the greeting/, 1);
  });

  test.each([
    [-1, 'a greeting with -1 credits'],
    [65_536, 'a greeting with 65536 credits'],
  ])('a greeting with %d credits', async (credits, reason) => {
    const { end, port } = await listening();
    const peer = await RawPeer.up(port);
    closers.push(() => end.link.close());
    await until('the link', () => end.wire > 0);
    peer.batch([HELLO, 1, credits, 0, 0]);
    await expectEnd(end, peer, reason, 1);
  });

  test('bytes that are no frame', async () => {
    const { end, peer } = await open();
    const before = end.told.length;
    peer.send(Buffer.from('GET / HTTP/1.1\r\nHost: array\r\nAccept: nothing at all\r\n\r\n'));
    await expectEnd(end, peer, /no frame of a link/, before);
  });

  test('an end in the middle of a frame', async () => {
    const { end, peer } = await open();
    const before = end.told.length;
    peer.send(peer.bytesOf({ type: MESSAGES, header: header(call(1)) }).subarray(0, 50));
    peer.end();
    await until('the end of the link', () => end.wire === 0);
    expect(end.reason).toBe('the connection was closed by the other side');
    expect(end.kinds().slice(before)).toEqual(['LINK_DOWN']);
  });
});

describe('the rules that hold over many frames', () => {
  test('a write needs a credit even after others were answered', async () => {
    const { end, peer } = await open();
    for (let i = 0; i < DIMENSIONS.credits; i++) peer.batch(write(i + 1, span(0, 1)), sectors(1));
    await until('the writes', () => end.of('FAR_APPLY').length === DIMENSIONS.credits);
    for (const { token } of end.of('FAR_APPLY')) end.say('FAR_APPLIED', { result: 0 }, token);
    end.pump();
    const before = end.told.length;
    peer.batch(write(99, span(0, 1)), sectors(1));
    await expectEnd(end, peer, /a write without a credit/, before);
  });

  test('a credit that was given back is good for one more write', async () => {
    const { end, peer } = await open();
    peer.batch(
      times(DIMENSIONS.credits, (i) => write(i + 1, span(0, 1))),
      sectors(DIMENSIONS.credits),
    );
    await until('the writes', () => end.of('FAR_APPLY').length === DIMENSIONS.credits);
    end.say('FAR_CREDIT', { count: 1 });
    end.pump();
    peer.batch(write(99, span(0, 1)), sectors(1));
    await until('one more', () => end.of('FAR_APPLY').length === DIMENSIONS.credits + 1);
    const before = end.told.length;
    for (const { token } of end.of('FAR_APPLY')) end.say('FAR_APPLIED', { result: 0 }, token);
    end.pump();
    peer.batch(write(100, span(0, 1)), sectors(1));
    await expectEnd(end, peer, /a write without a credit/, before);
  });

  test('a write that has a credit and finds no receive buffer is refused too', async () => {
    const { end, peer } = await open();
    end.givesBack = false;
    peer.batch(
      times(DIMENSIONS.credits, (i) => write(i + 1, span(0, 1))),
      sectors(DIMENSIONS.credits),
    );
    await until('the writes', () => end.of('FAR_APPLY').length === DIMENSIONS.credits);
    // Microcode that gives a credit before it gives the buffer back.
    end.say('FAR_CREDIT', { count: 1 });
    end.pump();
    peer.batch(write(99, span(0, 1)), sectors(1));
    await until('the end of the link', () => end.wire === 0);
    expect(end.reason).toBe('more writes under way than there are receive buffers');
    expect(end.of('FAR_APPLY').length).toBe(DIMENSIONS.credits);
  });

  test('credits together count what was used', async () => {
    const { end, peer } = await open();
    // 10 of the greeting.
    for (let i = 0; i < 15; i++) peer.batch([FAR_CREDIT, 4096, 0]);
    peer.batch([FAR_CREDIT, 65_535 - 10 - 15 * 4096, 0]);
    for (let i = 0; i < 3; i++) end.say('FAR_APPLY', { span: span(0, 1), flags: 1 }, i + 1);
    await until('the credits', () => end.of('FAR_CREDIT').reduce((n, t) => n + t.fields.count, 0) === 65_525);
    end.pump();
    peer.batch([FAR_CREDIT, 3, 0]);
    await until('three more', () => end.of('FAR_CREDIT').at(-1)?.fields.count === 3);
    const before = end.told.length;
    peer.batch([FAR_CREDIT, 1, 0]);
    await expectEnd(end, peer, /65536 credits together/, before);
  });

  test('a request is answered as often as it was asked, and no more', async () => {
    const { end, peer } = await open();
    // Two requests of one task have one token.
    for (let i = 0; i < 2; i++) end.say('FAR_CALL', {}, 7);
    end.pump();
    peer.batch([FAR_ANSWER, 7, 0, 0, 0, 0, 0, 0, 0, FAR_ANSWER, 7, 0, 0, 0, 0, 0, 0, 0]);
    await until('the answers', () => end.of('FAR_ANSWER').length === 2);
    const before = end.told.length;
    peer.batch([FAR_ANSWER, 7, 0, 0, 0, 0, 0, 0, 0]);
    await expectEnd(end, peer, /an answer to 7, which nobody asked/, before);
  });

  test('an answer is of the kind that its request asked for', async () => {
    const { end, peer } = await open();
    end.say('FAR_CALL', {}, 7);
    end.pump();
    const before = end.told.length;
    peer.batch([FAR_APPLIED, 7, 0]);
    await expectEnd(end, peer, /an answer to 7, which nobody asked/, before);
  });

  test('requests without an answer are no more than the ring to the remote role holds', async () => {
    const { end, peer } = await open();
    const { capacity } = end.port.requests;
    for (let i = 0; i < capacity; i += 32) peer.batch(times(32, (k) => call(i + k + 1)));
    await until('the questions', () => end.of('FAR_CALL').length === capacity);
    peer.batch(call(0));
    await until('the end of the link', () => end.wire === 0);
    expect(end.reason).toBe(`more than ${capacity} requests without an answer`);
    expect(end.of('FAR_CALL').length).toBe(capacity);
    // Their places come free as the remote role answers, though nobody hears the answers any more.
    for (const { token } of end.of('FAR_CALL')) end.say('FAR_ANSWER', {}, token);
    end.pump();
    expect(end.port.requests.free).toBe(capacity);
  });

  test('the reason that the other side gives is shown, but nothing that a terminal could mistake', async () => {
    const { end, peer } = await open();
    peer.frame({ type: GOODBYE, header: Buffer.from('so\u001b[2Jlong\u0007\n!   ') });
    await until('the end of the link', () => end.wire === 0);
    expect(end.reason).toBe('array B says: so [2Jlong !');
  });
});

describe('any damage', () => {
  const question = { what: 4, volume: 5, a: 6, b: 7, c: 8, d: 9 };

  test('of what an array sends: the frames before it are handed over, nothing else is, and the link ends', async () => {
    const words = [
      [HELLO, 1, 10, 0, 0],
      [...call(1), FAR_CREDIT, 3, 0, ...write(2, span(1, 2))],
      [...write(3, span(0, 1)), ...write(4, span(0, 1), 1), ...call(5)],
    ];
    const payloads = [0, 2, 1].map(sectors);
    const expected = ['HELLO', 'FAR_CALL', 'FAR_CREDIT', 'FAR_APPLY', 'FAR_APPLY', 'FAR_APPLY', 'FAR_CALL'];
    const upTo = [0, 1, 4, 7];
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), async (where, xor, early) => {
        const { end, port } = await listening();
        const peer = await RawPeer.up(port);
        try {
          await until('the link', () => end.wire > 0);
          end.hello();
          const frames = words.map((w, i) => peer.bytesOf({ type: MESSAGES, header: header(w), payload: payloads[i] }));
          // Prefixes and headers are few of the bytes and have most of the meaning.
          const starts = frames.map((_, i) => frames.slice(0, i).reduce((n, f) => n + f.length, 0));
          const stream = Buffer.concat(frames);
          const at = early ? starts[where % 3] + ((where >> 2) % 60) : where % stream.length;
          stream[at] ^= xor;
          peer.send(stream);
          peer.end();
          await until('the end of the link', () => end.wire === 0);
          const whole = starts.filter((_, i) => (starts[i + 1] ?? stream.length) <= at).length;
          expect(end.kinds()).toEqual(['LINK_UP', ...expected.slice(0, upTo[whole]), 'LINK_DOWN']);
          expect(end.reason).not.toBe('');
          expect(end.port.buffers.free).toBe(DIMENSIONS.credits);
        } finally {
          peer.destroy();
          await end.link.close();
        }
      }),
      { numRuns: 300 },
    );
  }, 120_000);

  test('of the wire, from the first byte of the handshake on: the link ends and comes again, and no message is false', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.nat(1), fc.integer({ min: 1, max: 255 }), async (at, direction, xor) => {
        let wire: Wire | undefined;
        const timing = { heartbeat_ms: 20, handshake_ms: 200 };
        const both = await pair({ a: timing, b: timing }, (port) =>
          Wire.before(port, (made) => {
            wire = made;
            made.damage = { direction, at, xor };
          }),
        );
        const { a, b } = both;
        try {
          // Both greet every wire that comes, and talk until the damage was done and mended.
          const greetedOn = new Map([a, b].map((end) => [end, 0]));
          const hears = (end: End): boolean => end.kinds().lastIndexOf('HELLO') > end.kinds().lastIndexOf('LINK_UP');
          await until('a link after the damage', () => {
            for (const end of [a, b]) {
              if (end.wire === 0) continue;
              if (greetedOn.get(end) !== end.wire) {
                greetedOn.set(end, end.wire);
                end.hello();
                end.say('FAR_CALL', question, 11);
              } else if (wire?.damage !== undefined) end.say('FAR_CREDIT', { count: 1 });
              end.pump();
            }
            return wire !== undefined && wire.damage === undefined && wire.connections > 1 && hears(a) && hears(b);
          });
          for (const end of [a, b]) {
            for (const { fields } of end.of('FAR_CALL')) expect(fields).toMatchObject(question);
            const kinds = new Set(end.kinds());
            for (const { fields } of end.of('FAR_CREDIT')) expect(fields.count).toBe(1);
            for (const kind of ['LINK_UP', 'LINK_DOWN', 'HELLO', 'FAR_CALL', 'FAR_CREDIT']) kinds.delete(kind);
            expect([...kinds]).toEqual([]);
          }
        } finally {
          await both.close();
          wire?.close();
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
