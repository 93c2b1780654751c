/** Links of one port to two other arrays: what goes to which, and what is each one's own. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TcpLinkOptions } from '../../../../adapters/link/tcp/options.js';
import { LINKS_MAX, SECTOR_BYTES, TRUNK_SHIFT, TRUNKS_MAX } from '../../../../firmware/memory/constants.js';
import { linkRecord } from '../../../../firmware/memory/layout.js';
import { fieldOffset, shiftOf } from '../../../../firmware/memory/tables.js';
import { End, greeted, pair, until } from './end.js';

const HOST = '127.0.0.1';
/** By trunk: what A and the array there know. */
const SECRETS = ['what A and B both know', 'what A and C both know'].map((text) => Buffer.from(text));
const RETRY = { retryFirst_ms: 5, retryMost_ms: 20 };

let a: End;
/** By trunk of A. */
let others: End[];
/** Where A listens for C. */
let portOfC: number;
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  const both = await pair({ a: { secret: SECRETS[0] }, b: { secret: SECRETS[0] } });
  a = both.a;
  await greeted(both);
  const names = { ...RETRY, secret: SECRETS[1] };
  const where = await a.port.add(1, 0, { ...names, array: 'A', peer: 'C', listen: { host: HOST, port: 0 } }).start();
  portOfC = where?.port ?? 0;
  const c = new End({ ...names, array: 'C', peer: 'A', dial: { host: HOST, port: portOfC } });
  others = [both.b, c];
  closers.push(
    () => a.port.close(),
    () => both.b.port.close(),
    () => c.port.close(),
  );
  await c.link.start();
  await until('the link to C', () => wireTo(1) > 0 && c.wire > 0);
  a.say('HELLO', { wire: wireTo(1), credits: 3 });
  a.pump();
  c.hello();
  await until('both greetings', () => a.of('HELLO').length === 2 && c.of('HELLO').length === 1);
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** The wire of now of a trunk's first link. */
function wireTo(trunk: number): number {
  const last = a.told.filter((t) => t.kind.startsWith('LINK_') && t.fields.wire >>> TRUNK_SHIFT === trunk).at(-1);
  return last?.kind === 'LINK_UP' ? last.fields.wire : 0;
}

/** Bytes that A sent over a trunk's first link. */
function sentTo(trunk: number): number {
  const { m, layout } = a.memory;
  const at = layout.base.wire + (linkRecord(trunk, 0) << shiftOf('wire'));
  return m[at + fieldOffset('wire', 'sent_bytes')];
}

describe('a port with links to two arrays', () => {
  test('gives each wire a number that names its trunk, which the other side does not see', () => {
    const [b, c] = others;
    const times = (wire: number): number => (wire & (2 ** TRUNK_SHIFT - 1)) / LINKS_MAX;
    expect([wireTo(0) >>> TRUNK_SHIFT, wireTo(1) >>> TRUNK_SHIFT]).toEqual([0, 1]);
    expect([times(wireTo(0)), times(wireTo(1))]).toEqual([1, 2]);
    expect([b.wire, c.wire]).toEqual([LINKS_MAX, LINKS_MAX]);
  });

  test('sends what is for one of them to no other, and its answer comes back as asked', async () => {
    for (const trunk of [1, 0]) {
      const [near, far] = [others[trunk], others[1 - trunk]];
      const before = [sentTo(trunk), sentTo(1 - trunk), far.of('FAR_CALL').length];
      a.say('FAR_CALL', { what: trunk, wire: wireTo(trunk) }, 70 + trunk);
      a.pump();
      await until('the question', () => near.of('FAR_CALL').at(-1)?.fields.what === trunk);
      near.say('FAR_ANSWER', { a: trunk }, near.of('FAR_CALL').at(-1)?.token);
      near.pump();
      await until('the answer', () => a.of('FAR_ANSWER').at(-1)?.answers === 70 + trunk);
      expect(sentTo(trunk)).toBeGreaterThan(before[0]);
      expect([sentTo(1 - trunk), far.of('FAR_CALL').length]).toEqual(before.slice(1));
    }
  });

  test('tells of which trunk the credits are that nobody can use any more', async () => {
    const [, c] = others;
    c.write(1, 0, Buffer.alloc(SECTOR_BYTES, 7), c.memory.layout.transferAt);
    c.pump();
    await until('a write', () => a.of('FAR_APPLY').length === 1);
    expect(a.of('FAR_APPLY')[0].fields.wire).toBe(wireTo(1));
    const gone = wireTo(1);
    c.link.hold();
    await until('the end of the wire', () => a.of('LINK_DOWN').some((t) => t.fields.wire === gone));
    // Of three credits one came as a write. Those for wires that were are given back at once, to the trunk of each.
    a.say('FAR_CREDIT', { count: 4, wire: gone });
    a.say('HELLO', { credits: 5, wire: LINKS_MAX * 900 });
    a.pump();
    await until('its credits', () => a.of('UNSPENT').length > 2);
    expect(a.of('UNSPENT').map(({ fields }) => [fields.trunk, fields.count])).toEqual([
      [1, 2],
      [0, 5],
      [1, 4],
    ]);
    expect(wireTo(0)).toBeGreaterThan(0);
  });

  test('hangs up the wire that it is told to, of the trunk that it names', async () => {
    const [first, second] = [wireTo(0), wireTo(1)];
    a.say('HANG_UP', { wire: second });
    a.pump();
    await until('the next wire', () => wireTo(1) > second);
    expect(wireTo(0)).toBe(first);
    expect(a.of('LINK_DOWN').map((t) => t.fields.wire)).toEqual([second]);
    expect(others[1].reason).toContain('it leads to another memory of array C than the other links do');
  });

  test('lets nobody in but the array that a link is for, and not with the secret of another link', async () => {
    const wires = a.of('LINK_UP').length;
    const refused = async (options: Partial<TcpLinkOptions>): Promise<string> => {
      const end = new End({ ...RETRY, peer: 'A', dial: { host: HOST, port: portOfC }, ...options });
      closers.push(() => end.port.close());
      await end.link.start();
      await until('the refusal', () => end.reason !== '');
      return end.reason;
    };
    expect(await refused({ array: 'B', secret: SECRETS[1] })).toContain('array A expected array C, got B');
    expect(await refused({ array: 'C', secret: SECRETS[0] })).toContain('the secrets of array A and array C differ');
    expect(a.of('LINK_UP').length).toBe(wires);
  });

  test('takes a trunk as the way to one array, and a number once in each', async () => {
    const link: TcpLinkOptions = { array: 'A', peer: 'C', secret: SECRETS[1], listen: { host: HOST, port: 0 } };
    expect(() => a.port.add(1, 0, link)).toThrow('array A has a link 0 to C already');
    expect(() => a.port.add(0, 1, link)).toThrow('trunk 0 of array A leads to B, not to C');
    expect(() => a.port.add(TRUNKS_MAX, 0, link)).toThrow('numbers of trunks are 0 to 3');
    expect(a.port.add(1, 7, link).record).toBe(15);
    expect(a.port.trunk(1).map(({ record }) => record)).toEqual([8, 15]);
    await a.port.remove(8);
    expect(a.port.of().map(({ record }) => record)).toEqual([0, 15]);
  });
});
