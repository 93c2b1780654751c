/** Several links of one port: what goes over which, and what the loss of one leaves of the others. */
import { afterEach, describe, expect, test } from 'vitest';
import type { TcpLinkOptions } from '../../../../adapters/link/tcp/options.js';
import { LINKS_MAX, SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { DIMENSIONS, type End, greeted, type Pair, pair, SECRET, until } from './end.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const HOST = '127.0.0.1';

/** Number of the wire of a link that came up last. */
const wireOf = (end: End, link: number): number =>
  end
    .of('LINK_UP')
    .filter((t) => t.fields.wire % LINKS_MAX === link)
    .at(-1)?.fields.wire ?? 0;

/** Two links, greeted; A gave all of its credits over the first one, and 3 more over the second. */
async function two(): Promise<Pair> {
  const both = await pair();
  closers.push(
    () => both.a.port.close(),
    () => both.b.port.close(),
  );
  await greeted(both);
  const { a, b } = both;
  const names = { secret: SECRET, retryFirst_ms: 5, retryMost_ms: 20 };
  const listener: TcpLinkOptions = { ...names, array: 'A', peer: 'B', listen: { host: HOST, port: 0 } };
  const where = await a.port.add(0, 1, listener).start();
  await b.port.add(0, 1, { ...names, array: 'B', peer: 'A', dial: { host: HOST, port: where?.port ?? 0 } }).start();
  await until('the second link', () => wireOf(a, 1) > 0 && wireOf(b, 1) > 0);
  a.say('HELLO', { wire: wireOf(a, 1), credits: 3 });
  b.say('HELLO', { wire: wireOf(b, 1), credits: 3 });
  for (const end of [a, b]) end.pump();
  await until('both greetings', () => [a, b].every((end) => end.of('HELLO').length === 2));
  return both;
}

const bytesOver = (end: End, link: number): number => {
  const { m, layout } = end.memory;
  return m[layout.base.wire + link * 8];
};

describe('a port of two links', () => {
  test('sends a request over the wire that it names, and its answer comes back over the same', async () => {
    const { a, b } = await two();
    for (const link of [1, 0]) {
      const before = bytesOver(a, link);
      const answered = bytesOver(b, link);
      a.say('FAR_CALL', { what: link, wire: wireOf(a, link) }, 70 + link);
      a.pump();
      await until('the question', () => b.of('FAR_CALL').at(-1)?.fields.what === link);
      const call = b.of('FAR_CALL').at(-1);
      expect(call?.fields.wire).toBe(wireOf(b, link));
      expect(bytesOver(a, link)).toBeGreaterThan(before);
      b.say('FAR_ANSWER', { a: link }, call?.token);
      b.pump();
      await until('the answer', () => a.of('FAR_ANSWER').at(-1)?.answers === 70 + link);
      expect(bytesOver(b, link)).toBeGreaterThan(answered);
    }
  });

  test('loses one: the other carries on, and the role hears which, and how many credits nobody can use any more', async () => {
    const { a, b } = await two();
    const [gone, stays] = [wireOf(a, 1), wireOf(a, 0)];
    b.write(1, 0, Buffer.alloc(SECTOR_BYTES, 7), b.memory.layout.transferAt, { wire: wireOf(b, 1) });
    b.pump();
    await until('a write', () => a.of('FAR_APPLY').length === 1);
    b.link.hold();
    b.port.of(1)[0]?.hold();
    b.link.release();
    await until('the end of the second', () => a.of('LINK_DOWN').some((t) => t.fields.wire === gone));
    // Of three credits one came as a write.
    await until('its credits', () => a.of('UNSPENT').some((t) => t.fields.count === 2));
    await until('the first again', () => wireOf(a, 0) > stays);
  });

  test('gives back at once what is given to a wire that is gone', async () => {
    const { a } = await two();
    const before = a.of('UNSPENT').length;
    a.say('FAR_CREDIT', { count: 4, wire: 7 * LINKS_MAX + 1 });
    a.say('HELLO', { credits: 5, wire: 9 * LINKS_MAX });
    a.pump();
    a.listen();
    expect(
      a
        .of('UNSPENT')
        .slice(before)
        .map((t) => t.fields.count),
    ).toEqual([9]);
  });

  test('hangs up the wire that it is told to, and no other; it is dialed again', async () => {
    const { a, b } = await two();
    const [first, second] = [wireOf(a, 0), wireOf(a, 1)];
    a.say('HANG_UP', { wire: second });
    a.say('HANG_UP', { wire: first - LINKS_MAX });
    a.pump();
    await until('the next wire', () => wireOf(a, 1) > second && wireOf(b, 1) > second);
    expect(wireOf(a, 0)).toBe(first);
    expect(a.of('LINK_DOWN').map((t) => t.fields.wire)).toEqual([second]);
  });

  test('is rid of one that is removed, whose number is free then', async () => {
    const { a } = await two();
    const options: TcpLinkOptions = { array: 'A', peer: 'B', secret: SECRET, listen: { host: HOST, port: 0 } };
    expect(() => a.port.add(0, 1, options)).toThrow('array A has a link 1 to B already');
    await a.port.remove(1);
    expect(a.port.of().map(({ record }) => record)).toEqual([0]);
    expect(a.port.add(0, 1, options).record).toBe(1);
    expect(() => a.port.add(0, LINKS_MAX, options)).toThrow('numbers of links are 0 to 7');
    expect(a.port.buffers.free).toBe(DIMENSIONS.credits);
  });
});
