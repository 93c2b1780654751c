import { afterEach, describe, expect, test } from 'vitest';
import { LINKS_MAX, SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { DIMENSIONS, type End, greeted, listening, type Pair, pair, span, until } from './end.js';
import { FAR_APPLY, FAR_CALL, HEARTBEAT, HELLO, header, RawPeer } from './raw-peer.js';
import { Wire } from './wire.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Options = Parameters<typeof pair>[0];

async function open(options: Options = {}): Promise<Pair & { wire: Wire }> {
  let wire: Wire | undefined;
  const both = await pair(options, (port) =>
    Wire.before(port, (made) => {
      wire = made;
    }),
  );
  if (wire === undefined) throw new Error('there is no wire');
  const made = wire;
  closers.push(() => made.close(), both.close);
  await greeted(both);
  return { ...both, wire: made };
}

const ends = ({ a, b }: Pair): End[] => [a, b];
const wires = (end: End): string[] =>
  end.told.filter((t) => t.kind.startsWith('LINK_')).map((t) => `${t.kind} ${Math.floor(t.fields.wire / LINKS_MAX)}`);

async function upWithRaw(): Promise<{ end: End; port: number; peer: RawPeer }> {
  const { end, port } = await listening();
  const peer = await RawPeer.up(port);
  closers.push(
    () => peer.destroy(),
    () => end.link.close(),
  );
  await until('the link', () => end.wire > 0);
  return { end, port, peer };
}

describe('a wire that was cut', () => {
  test('is down on both sides before the next one is up, with the next number', async () => {
    const both = await open();
    both.wire.cut();
    await until('the next wire', () => ends(both).every((end) => end.times === 2));
    for (const end of ends(both)) expect(wires(end)).toEqual(['LINK_UP 1', 'LINK_DOWN 1', 'LINK_UP 2']);
    await greeted(both);
    for (const end of ends(both)) expect(end.states.map((s) => s.state)).toEqual(['up', 'down', 'up']);
  });

  test('is dialed again for as long as nobody answers, with the reason', async () => {
    const both = await open();
    both.wire.closed = true;
    both.wire.cut();
    await until('some tries', () => both.wire.connections > 4);
    expect(both.b.reason).not.toBe('');
    both.wire.closed = false;
    await until('the next wire', () => ends(both).every((end) => end.times === 2));
  });

  test('leaves nothing of what was said before: only what follows the greeting of the new wire is sent', async () => {
    const both = await open();
    const { a, b } = both;
    both.wire.cut();
    await until('the next wire', () => ends(both).every((end) => end.times === 2));
    const before = a.told.length;
    b.say('FAR_CALL', { what: 1 }, 1);
    b.write(2, 0, Buffer.alloc(SECTOR_BYTES), b.memory.layout.transferAt);
    b.say('HELLO', { wire: 1 });
    b.say('FAR_CREDIT', { count: 5 });
    b.pump();
    a.hello();
    await until('the greeting of A', () => b.of('HELLO').length === 2);
    b.hello();
    b.say('FAR_CALL', { what: 2 }, 3);
    b.pump();
    await until('what follows', () => a.of('FAR_CALL').length > 0);
    expect(a.told.slice(before).map((t) => t.kind)).toEqual(['HELLO', 'FAR_CALL']);
    expect(a.of('FAR_CALL')[0].fields.what).toBe(2);
  });

  test('frees a receive buffer when the remote role gives it back, whichever wire brought it', async () => {
    const both = await open();
    const { a, b } = both;
    a.givesBack = false;
    b.write(1, 0, Buffer.alloc(SECTOR_BYTES, 1), b.memory.layout.transferAt);
    b.pump();
    await until('the write', () => a.of('FAR_APPLY').length === 1);
    both.wire.cut();
    await until('the next wire', () => ends(both).every((end) => end.times === 2));
    await greeted(both);
    expect(b.of('HELLO')[1].fields.credits).toBe(DIMENSIONS.credits - 1);
    a.say('RECEIVED', { at: a.of('FAR_APPLY')[0].fields.at });
    a.pump();
    expect(a.port.buffers.free).toBe(DIMENSIONS.credits);
  });

  test('frees a receive buffer when the remote role gives it back while no wire is there', async () => {
    const both = await open();
    const { a, b } = both;
    a.givesBack = false;
    b.write(1, 0, Buffer.alloc(SECTOR_BYTES, 1), b.memory.layout.transferAt);
    b.pump();
    await until('the write', () => a.of('FAR_APPLY').length === 1);
    b.link.hold();
    await until('the end', () => a.wire === 0);
    a.say('RECEIVED', { at: a.of('FAR_APPLY')[0].fields.at });
    a.say('FAR_APPLIED', { result: 0 }, a.of('FAR_APPLY')[0].token);
    a.pump();
    expect(a.port.buffers.free).toBe(DIMENSIONS.credits);
    expect(a.port.requests.free).toBe(a.port.requests.capacity);
  });

  test('gets no answer to its requests over the next one, even if the same token asks again', async () => {
    const both = await open();
    const { a, b } = both;
    b.say('FAR_CALL', { what: 1 }, 77);
    b.pump();
    await until('the question', () => a.of('FAR_CALL').length === 1);
    both.wire.cut();
    await until('the next wire', () => ends(both).every((end) => end.times === 2));
    await greeted(both);
    b.say('FAR_CALL', { what: 2 }, 77);
    b.pump();
    await until('the question', () => a.of('FAR_CALL').length === 2);
    const [old, now] = a.of('FAR_CALL');
    a.say('FAR_ANSWER', { a: 1 }, old.token);
    a.say('FAR_ANSWER', { a: 2 }, now.token);
    a.pump();
    await until('the answer', () => b.of('FAR_ANSWER').length > 0);
    expect(b.of('FAR_ANSWER')).toMatchObject([{ answers: 77, fields: { a: 2 } }]);
    expect(a.port.requests.free).toBe(a.port.requests.capacity);
  });
});

describe('a silent other side', () => {
  const options = { heartbeat_ms: 10, dead_ms: 60 };

  test.each(['a', 'b'] as const)('is declared dead by %s', async (side) => {
    const both = await open({ [side]: options });
    both.wire.silent = true;
    await until('the end of the link', () => both[side].wire === 0);
    expect(both[side].states[1]).toEqual({ state: 'down', reason: 'nothing was heard for 60 ms' });
  });

  test('is not declared dead while heartbeats come', async () => {
    const { end, port } = await listening(options);
    const peer = await RawPeer.up(port);
    closers.push(
      () => peer.destroy(),
      () => end.link.close(),
    );
    await until('the link', () => end.wire > 0);
    const beats = (): number => peer.came.filter((f) => f.type === HEARTBEAT).length;
    // As many of its own as would be death twice over, each answered by one.
    for (let n = 1; n <= 12; n++) {
      await until('a heartbeat', () => beats() >= n);
      peer.frame({ type: HEARTBEAT });
    }
    expect(end.times).toBe(1);
  });
});

describe('a newer connection of the other array', () => {
  test('takes the place of one that looks alive', async () => {
    const { end, port, peer } = await upWithRaw();
    const newer = await RawPeer.up(port);
    closers.push(() => newer.destroy());
    await until('the next wire', () => end.times === 2);
    expect(wires(end)).toEqual(['LINK_UP 1', 'LINK_DOWN 1', 'LINK_UP 2']);
    expect(await peer.goodbye()).toBe('a newer connection of array B takes its place');
  });

  test('does not before it has proved itself', async () => {
    const { end, port } = await upWithRaw();
    const newer = await RawPeer.to(port);
    closers.push(() => newer.destroy());
    await newer.prove(Buffer.from('what somebody else knows'));
    expect(await newer.goodbye()).toContain('secrets');
    expect(wires(end)).toEqual(['LINK_UP 1']);
  });
});

describe('an operator', () => {
  test.each(['a', 'b'] as const)(
    'holds the link down at %s, and both sides know why, until it is released',
    async (side) => {
      const both = await open();
      const [held, other] = side === 'a' ? [both.a, both.b] : [both.b, both.a];
      const reason = `the link is held down by the operator of array ${side.toUpperCase()}`;
      held.link.hold();
      await until('both ends to be down', () => ends(both).every((end) => end.wire === 0));
      expect(held.states.at(-1)).toEqual({ state: 'held', reason });
      await until('the reason over there', () => other.reason.includes(reason));
      const tries = both.wire.connections;
      if (side === 'a') await until('some tries', () => both.wire.connections > tries + 2);
      expect(ends(both).map((end) => end.wire)).toEqual([0, 0]);
      expect(held.states.at(-1)?.state).toBe('held');
      held.link.release();
      await until('the next wire', () => ends(both).every((end) => end.times === 2));
      expect(held.states.at(-1)?.state).toBe('up');
    },
  );

  test('ends a link for good, and the other side hears it', async () => {
    const both = await open();
    await both.b.link.close();
    await until('the end', () => both.a.wire === 0);
    expect(both.a.reason).toBe('array B says: array B closes the link');
    expect(both.b.kinds().at(-1)).toBe('LINK_DOWN');
  });

  test('may end a link that never was', async () => {
    const { end } = await listening();
    await end.link.close();
    expect(end.told).toEqual([]);
  });
});

describe('what the other side has begun when the wire goes', () => {
  test('leaves no receive buffer behind', async () => {
    const { end, peer } = await upWithRaw();
    end.hello();
    peer.batch([HELLO, 1, 4, 0, 0]);
    const write = [FAR_APPLY, 1, 0, 0, span(0, 2), 0, 0, 0, 0, 0];
    const frame = peer.bytesOf({ type: 4, header: header([...write, ...write]), payload: Buffer.alloc(2048) });
    peer.send(frame.subarray(0, frame.length - 700));
    await until('the buffers to be taken', () => end.port.buffers.free === DIMENSIONS.credits - 2);
    peer.destroy();
    await until('the end', () => end.wire === 0);
    expect(end.port.buffers.free).toBe(DIMENSIONS.credits);
    expect(end.kinds()).toEqual(['LINK_UP', 'HELLO', 'LINK_DOWN']);
  });

  test('is handed over as far as it came whole', async () => {
    const { end, peer } = await upWithRaw();
    peer.batch([HELLO, 1, 4, 0, 0, FAR_CALL, 9, 1, 2, 3, 4, 5, 6, 0]);
    peer.end();
    await until('the end', () => end.wire === 0 && end.told.length > 1);
    expect(end.kinds()).toEqual(['LINK_UP', 'HELLO', 'FAR_CALL', 'LINK_DOWN']);
    expect(end.reason).toBe('the connection was closed by the other side');
  });
});
