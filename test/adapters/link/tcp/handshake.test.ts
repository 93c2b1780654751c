import { afterEach, describe, expect, test } from 'vitest';
import { makeGreeting, proof, secretKey } from '../../../../adapters/link/tcp/handshake.js';
import type { TcpLinkOptions } from '../../../../adapters/link/tcp/options.js';
import type { TcpLink } from '../../../../adapters/link/tcp/tcp-link.js';
import { DIMENSIONS, End, greeted, listening, type Pair, pair, SECRET, until } from './end.js';
import { GREETING, HEARTBEAT, PROOF, RawPeer } from './raw-peer.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(options: Parameters<typeof pair>[0]): Promise<Pair> {
  const both = await pair(options);
  closers.push(both.close);
  return both;
}

async function raw(options: Partial<TcpLinkOptions> = {}): Promise<{ end: End; port: number; peer: RawPeer }> {
  const { end, port } = await listening(options);
  const peer = await RawPeer.to(port);
  closers.push(
    () => peer.destroy(),
    () => end.link.close(),
  );
  return { end, port, peer };
}

const greeting = (array = 'B', peer = 'A', sectorsPerTrack = DIMENSIONS.sectorsPerTrack): Buffer =>
  makeGreeting({ array, peer, sectorsPerTrack });

describe('two arrays that meet', () => {
  test('let each other in when all is as both expect it', async () => {
    const both = await open({});
    await greeted(both);
    expect(both.a.states).toEqual([{ state: 'up', reason: undefined }]);
    expect(both.b.states).toEqual([{ state: 'up', reason: undefined }]);
  });

  test.each<[string, Parameters<typeof pair>[0], string]>([
    [
      'another secret',
      { b: { secret: Buffer.from('what only one array knows') } },
      'the secrets of array A and array B differ',
    ],
    ['another name', { b: { array: 'C' } }, 'array A expected array B, got C'],
    ['another name in mind', { b: { peer: 'X' } }, 'array B wants array X, this is A'],
  ])('part with the reason on both sides: %s', async (_, options, reason) => {
    const { a, b } = await open(options);
    await until('a reason on both sides', () => a.reason !== '' && b.reason !== '');
    expect(a.reason).toBe(reason);
    expect(b.reason).toMatch(/^array [AX] refuses: /);
    expect(b.reason).toContain(reason);
    expect([a.told, b.told]).toEqual([[], []]);
  });

  test('part when their tracks have different sizes', async () => {
    const { end, peer } = await raw();
    peer.frame({ type: GREETING, header: greeting('B', 'A', 4) });
    expect(await peer.goodbye()).toBe(
      'tracks of array B have 4 sectors, of array A 16: both ends of a link must have the same',
    );
    expect(end.reason).toContain('tracks of array B have 4 sectors');
  });

  test('part when they speak different versions, and say so by name', async () => {
    const { end, peer } = await raw();
    peer.frame({ type: GREETING, version: 3, header: Buffer.concat([greeting(), Buffer.from('new')], 100) });
    expect(await peer.goodbye()).toBe('array B speaks link version 3, array A speaks 2');
    expect(end.reason).toBe('array B speaks link version 3, array A speaks 2');
  });

  test('tell nobody their secret, in any form', async () => {
    const { a, b } = await open({ b: { secret: Buffer.from('what only one array knows') } });
    await until('a reason on both sides', () => a.reason !== '' && b.reason !== '');
    const said = JSON.stringify([a.states, b.states]);
    expect(said).not.toContain(SECRET.toString());
    expect(said).not.toContain(SECRET.toString('hex'));
    expect(said).not.toContain('knows');
  });

  test('are not up before the dialer has proved itself and was content with the listener', async () => {
    const { end, peer } = await raw();
    await peer.prove();
    expect(end.told).toEqual([]);
    peer.frame({ type: HEARTBEAT });
    await until('the link', () => end.times === 1);
  });
});

describe('a proof', () => {
  const key = secretKey(SECRET);
  const [dialers, listeners] = [greeting('B', 'A'), greeting('A', 'B')];
  const made = proof(key, 'dialer', dialers, listeners);

  test('is another one when any byte of either greeting is another one', () => {
    for (const which of [dialers, listeners]) {
      for (let i = 0; i < which.length; i++) {
        which[i] ^= 1;
        expect(proof(key, 'dialer', dialers, listeners).equals(made)).toBe(false);
        which[i] ^= 1;
      }
    }
    expect(proof(key, 'dialer', dialers, listeners).equals(made)).toBe(true);
  });

  test('is another one when the same bytes are cut into greetings at another place', () => {
    const all = Buffer.concat([dialers, listeners]);
    expect(proof(key, 'dialer', all.subarray(0, 36), all.subarray(36)).equals(made)).toBe(false);
  });

  test('is another one for each side, and for another secret', () => {
    expect(proof(key, 'listener', dialers, listeners).equals(made)).toBe(false);
    expect(proof(secretKey(Buffer.alloc(16)), 'dialer', dialers, listeners).equals(made)).toBe(false);
  });
});

describe('somebody who does not know the secret', () => {
  test('is not let in by sending back what it got', async () => {
    const { end, peer } = await raw();
    // All that it can get: the listener proves itself to nobody who has not done so first.
    peer.frame({ type: GREETING, header: greeting() });
    const theirs = (await peer.next(GREETING)).header;
    peer.frame({ type: PROOF, header: theirs.subarray(0, 32) });
    expect(await peer.goodbye()).toContain('secrets');
    expect(peer.came.map((f) => f.type)).not.toContain(PROOF);
    expect(end.told).toEqual([]);
  });

  test('is not let in by the proof of the other side', async () => {
    const { end, peer } = await raw();
    const own = greeting();
    peer.frame({ type: GREETING, header: own });
    const theirs = (await peer.next(GREETING)).header;
    peer.frame({ type: PROOF, header: proof(secretKey(SECRET), 'listener', own, theirs) });
    expect(await peer.goodbye()).toBe('the secrets of array A and array B differ');
    expect(end.told).toEqual([]);
  });

  test('is not let in by a proof of another connection', async () => {
    const { end, port, peer } = await raw();
    const own = greeting();
    peer.frame({ type: GREETING, header: own });
    const theirs = (await peer.next(GREETING)).header;
    const again = await RawPeer.to(port);
    again.frame({ type: GREETING, header: own });
    await again.next(GREETING);
    again.frame({ type: PROOF, header: proof(secretKey(SECRET), 'dialer', own, theirs) });
    expect(await again.goodbye()).toBe('the secrets of array A and array B differ');
    expect(end.told).toEqual([]);
  });

  test('may not hold more than four connections', async () => {
    const { end, port } = await raw();
    const more = await Promise.all(Array.from({ length: 6 }, () => RawPeer.to(port)));
    await until('the rest to be closed', () => more.filter((p) => p.closed).length === 3);
    for (const peer of more) peer.destroy();
    expect(end.told).toEqual([]);
  });

  test('is sent away when its time is over', async () => {
    const { end, peer } = await raw({ handshake_ms: 30 });
    expect(await peer.goodbye()).toBe('no proof came within 30 ms');
    await until('the end', () => end.reason !== '');
  });

  test('does not disturb a link that is up', async () => {
    const { end, port, peer } = await raw();
    await peer.prove();
    peer.frame({ type: HEARTBEAT });
    await until('the link', () => end.times === 1);
    const stranger = await RawPeer.to(port);
    stranger.send(Buffer.alloc(4096, 7));
    await until('it to be sent away', () => stranger.closed);
    expect(end.states).toEqual([{ state: 'up', reason: undefined }]);
    expect(end.kinds()).toEqual(['LINK_UP']);
  });

  test.each([
    ['a proof before the greeting', PROOF, Buffer.alloc(32)],
    ['messages before the greeting', 4, Buffer.from('dc0000c0', 'hex')],
    ['an empty greeting', GREETING, Buffer.alloc(0)],
    ['a greeting whose name is longer than it', GREETING, Buffer.from([60, 65, 65, 65])],
    ['a greeting without a nonce', GREETING, Buffer.from([1, 66, 1, 65])],
    ['a greeting of 4 KiB', GREETING, Buffer.alloc(4096, 1)],
    ['a type that there is not', 77, Buffer.alloc(0)],
  ])('is sent away with %s', async (_, type, header) => {
    const { end, peer } = await raw();
    peer.frame({ type, header });
    expect(await peer.goodbye()).not.toBe('');
    await until('the reason', () => end.reason !== '');
    expect(end.told).toEqual([]);
  });
});

describe('a link that cannot be meant', () => {
  const make = (options: Partial<TcpLinkOptions>): (() => TcpLink) => {
    const { port } = new End({ dial: { host: '127.0.0.1', port: 1 } });
    return () => port.add(0, 1, { array: 'A', peer: 'B', secret: SECRET, ...options });
  };
  const dial = { host: '127.0.0.1', port: 1 };

  test.each<[string, Partial<TcpLinkOptions>, RegExp]>([
    ['neither listens nor dials', {}, /must either listen or dial/],
    ['does both', { dial, listen: dial }, /must either listen or dial/],
    ['listens beyond loopback', { listen: { host: '0.0.0.0', port: 0 } }, /0\.0\.0\.0, which is not on loopback/],
    ['has a short secret', { dial, secret: Buffer.from('short') }, /secret of a link has 5 bytes; 16 are the least/],
    ['leads to itself', { dial, peer: 'A' }, /cannot have a link to itself/],
    ['has no name', { dial, array: '' }, /"" has 0 bytes/],
  ])('is refused: it %s', (_, options, message) => {
    expect(make(options)).toThrow(message);
  });

  test('listens beyond loopback when it was said explicitly', () => {
    expect(make({ listen: { host: '0.0.0.0', port: 0 }, beyondLoopback: true })).not.toThrow();
  });
});
