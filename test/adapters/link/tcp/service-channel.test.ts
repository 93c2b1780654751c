import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import {
  MESSAGE_BYTES_MAX,
  type ServiceMessage,
  ServiceReceiver,
  ServiceSender,
} from '../../../../adapters/link/tcp/service-channel.js';
import { SECTOR_BYTES } from '../../../../firmware/memory/constants.js';
import { greeted, pair, until } from './end.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const frame = (id: number, flags: number, length: number, bytes = length): Buffer => {
  const header = Buffer.alloc((12 + bytes + 3) & ~3);
  header.writeInt32LE(id, 0);
  header.writeInt32LE(flags, 4);
  header.writeInt32LE(length, 8);
  return header;
};

/** Short enough to be compared for what it says. */
const shown = ({ id, isAnswer, bytes }: ServiceMessage): string =>
  `${id} ${isAnswer} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;

describe('service messages', () => {
  test('come whole and in order, whatever their sizes, in frames of whole words that a link takes', () => {
    const sizes = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 8000, max: 30_000 })), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(sizes, (all) => {
        const [sender, receiver] = [new ServiceSender(), new ServiceReceiver()];
        const sent = all.map((size, i): ServiceMessage => {
          return { id: i, isAnswer: i % 2 === 1, bytes: Buffer.alloc(size, i + 1) };
        });
        for (const message of sent) sender.push(message);
        const came: ServiceMessage[] = [];
        while (sender.hasMore) {
          const header = Buffer.from(sender.next());
          expect(header.length % 4).toBe(0);
          expect(header.length).toBeLessThanOrEqual(8192);
          const message = receiver.take(header);
          if (message) came.push(message);
        }
        expect(came.map(shown)).toEqual(sent.map(shown));
      }),
      { numRuns: 50 },
    );
  });

  test('that break the rules are told apart: numbers missing, a length that lies, more than may be kept', () => {
    const take = (...headers: Buffer[]) => {
      const receiver = new ServiceReceiver();
      return () => headers.forEach((header) => void receiver.take(header));
    };
    expect(take(Buffer.alloc(8))).toThrow('a service frame without its numbers');
    expect(take(frame(1, 0, 100, 40))).toThrow('a service frame of 100 bytes (0) in a header of 52');
    expect(take(frame(1, 0, -4, 0))).toThrow('a service frame of -4 bytes');
    expect(take(frame(1, 8, 4))).toThrow('a service frame of 4 bytes (8)');
    expect(take(...[1, 2, 3, 4, 5].map((id) => frame(id, 0, 4)))).toThrow('more than 4 service messages at once');
    const many = Math.ceil(MESSAGE_BYTES_MAX / 8000) + 1;
    const endless = Array.from({ length: many }, () => frame(1, 0, 8000));
    expect(take(...endless)).toThrow(`a service message of more than ${MESSAGE_BYTES_MAX} bytes`);
  });

  test('go both ways over a link beside its writes, and not when it is down', async () => {
    const heard: [string, ServiceMessage][] = [];
    const both = await pair({
      a: { onService: (message) => heard.push(['A', message]) },
      b: { onService: (message) => heard.push(['B', message]) },
    });
    closers.push(both.close);
    const { a, b } = both;
    expect(a.link.service({ id: 1, isAnswer: false, bytes: Buffer.from('too early') })).toBe(false);
    await greeted(both);
    const large = { id: 7, isAnswer: false, bytes: Buffer.alloc(1_000_000, 3) };
    expect(a.link.service(large)).toBe(true);
    const bytes = Buffer.alloc(4 * SECTOR_BYTES, 9);
    a.write(0x1001, 0, bytes, a.memory.layout.transferAt, { volume: 0, track: 1, epoch: 1, gen: 1 });
    a.pump();
    expect(b.link.service({ id: 7, isAnswer: true, bytes: Buffer.from('yes') })).toBe(true);
    await until('both messages and the write', () => heard.length === 2 && b.of('FAR_APPLY').length === 1);
    const of = (end: string) => heard.find(([name]) => name === end)?.[1];
    expect(of('A')).toEqual({ id: 7, isAnswer: true, bytes: Buffer.from('yes') });
    expect(of('B')?.bytes.length).toBe(large.bytes.length);
    expect(b.of('FAR_APPLY')[0]?.bytes).toEqual(bytes);
    a.link.hold();
    await until('the end of the link', () => b.wire === 0);
    expect(b.link.service(large)).toBe(false);
  });
});
