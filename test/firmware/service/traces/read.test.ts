/** Readers of traces: what the formats' documents say, and errors that name the line. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { COMMAND_OP } from '../../../../firmware/memory/constants.js';
import type { Trace } from '../../../../firmware/runtime/simulated/workload/trace.js';
import { readTrace } from '../../../../firmware/service/traces/read.js';

const { OP_READ, OP_WRITE, OP_TRIM, OP_SYNC } = COMMAND_OP;
const folder = mkdtempSync(join(tmpdir(), 'arraylab-traces-'));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, 'some.trace');
function read(text: string | Buffer): Trace {
  writeFileSync(path, text);
  return readTrace(path).trace;
}
/** Time (µs), device, operation, first sector, sectors of each request. */
const rows = (t: Trace): number[][] =>
  Array.from(t.op, (op, i) => [t.times_ns[i] / 1000, t.device[i], op, t.lba[i], t.sectors[i]]);
const errorOf = (text: string | Buffer): string => {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message.replace(`${path}:`, '');
  }
  return 'none';
};

describe('DiskSim', () => {
  test('times are ms from the first request on, blocks sectors, bit 0 of the flags a read', () => {
    const trace = read('10.0 0 100 8 1\r\n# a remark\n\n10.25 3 200 1 0\n 11.000001 0 300 2 0x9 \n');
    expect(rows(trace)).toEqual([
      [0, 0, OP_READ, 100, 8],
      [250, 1, OP_WRITE, 200, 1],
      [1000.001, 0, OP_READ, 300, 2],
    ]);
    expect(trace.devices).toEqual(['device 0', 'device 3']);
    expect(Array.from(trace.line)).toEqual([1, 4, 5]);
  });

  test('lines that are none are refused by number', () => {
    expect(errorOf('0 0 0 8 1\n1.5 0 16 8\n')).toBe(
      '2: "1.5 0 16 8": "time_ms device block blocks flags" is wanted, such as "12.5 0 4096 8 1"',
    );
    expect(errorOf('0 0 0 8 1\n\n-1 0 0 8 1\n')).toMatch(/^3: /);
    expect(errorOf('0 0 0 0 1\n')).toBe('1: 0 blocks; 1 to 2147483647 are wanted');
    expect(errorOf('5 0 0 8 1\n4.9 0 0 8 1\n')).toMatch(/^2: time 4.9 ms is before that of the request before/);
  });

  test('what is written is read, whatever is in it, with an end of the last line or without', () => {
    const request = fc.record({
      gap: fc.integer({ min: 0, max: 5_000_000 }),
      device: fc.integer({ min: 0, max: 3 }),
      lba: fc.nat(),
      sectors: fc.integer({ min: 1, max: 2048 }),
      flags: fc.nat(255),
    });
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 60 }), fc.boolean(), (all, ends) => {
        let us = 0;
        const lines = all.map((r, i) => {
          if (i > 0) us += r.gap;
          return `${(us / 1000).toFixed(3)} ${r.device} ${r.lba} ${r.sectors} ${r.flags.toString(16)}`;
        });
        const trace = read(lines.join('\n') + (ends ? '\n' : ''));
        const devices = [...new Set(all.map((r) => r.device))];
        let time = 0;
        expect(rows(trace)).toEqual(
          all.map((r, i) => {
            if (i > 0) time += r.gap;
            return [time, devices.indexOf(r.device), r.flags & 1 ? OP_READ : OP_WRITE, r.lba, r.sectors];
          }),
        );
      }),
      { numRuns: 100 },
    );
  });

  test('a file larger than what is read at once', () => {
    const n = 80_000;
    const trace = read(Array.from({ length: n }, (_, i) => `${i} 0 ${i * 8} 8 ${i % 2}`).join('\n'));
    expect(trace.length).toBe(n);
    expect(rows(trace).at(-1)).toEqual([(n - 1) * 1000, 0, OP_READ, (n - 1) * 8, 8]);
    expect(trace.line.every((line, i) => line === i + 1)).toBe(true);
  });
});

describe('fio iolog', () => {
  test('version 3: times in µs, bytes become sectors', () => {
    const trace = read(
      'fio version 3 iolog\n10 /a add\n10 /b add\n11 /a open\n12 /b open\n100 /a read 4096 8192\n150 /b write 0 512\n' +
        '150 /a trim 1024 1024\n175 /b sync 61440 0\n180 /b datasync\n'.replace('datasync', 'datasync 0 0') +
        '200 /a close\n',
    );
    expect(rows(trace)).toEqual([
      [0, 0, OP_READ, 8, 16],
      [50, 1, OP_WRITE, 0, 1],
      [50, 0, OP_TRIM, 2, 2],
      [75, 1, OP_SYNC, 0, 0],
      [80, 1, OP_SYNC, 0, 0],
    ]);
    expect(trace.devices).toEqual(['/a', '/b']);
  });

  test('version 2: waits add up, those below 100 µs do not count', () => {
    const trace = read(
      'fio version 2 iolog\n/a add\n/a open\n/a read 0 512\n/a wait 150 0\n/a read 512 512\n/a wait 99 0\n/a write 0 512\n/a wait 1000 0\n/a read 0 512\n/a close\n',
    );
    expect(rows(trace).map(([us]) => us)).toEqual([0, 150, 150, 1150]);
  });

  test('lines that are none are refused by number', () => {
    const v3 = (line: string): string => errorOf(`fio version 3 iolog\n0 /a add\n0 /a open\n${line}\n`);
    expect(v3('5 /a erase 0 512')).toBe(
      '4: "5 /a erase 0 512": "time_us file add", open or close is wanted, or "time_us file read 0 4096", write, trim, sync, datasync',
    );
    expect(v3('5 /a read 0')).toMatch(/^4: /);
    expect(v3('5 /a wait 500 0')).toMatch(/^4: /);
    expect(v3('x /a read 0 512')).toMatch(/^4: /);
    expect(v3('5 /a read 0 100')).toBe('4: 100 bytes at 0; whole sectors of 512 bytes are wanted');
    expect(v3('5 /b read 0 512')).toBe('4: /b is used and was not added');
    expect(v3('5 /a close\n6 /a read 0 512')).toBe('5: /a is used and was not opened');
    expect(v3('5 /a read 0 512\n4 /a read 0 512')).toBe('5: time 4 µs is before that of the line before, 5 µs');
    expect(v3('5 /a read 99999999999999999 512')).toMatch(/^4: /);
  });

  test('other versions are refused', () => {
    expect(errorOf('fio version 4 iolog\n')).toBe('1: fio iolog of version 4; versions 2 and 3 are read');
  });
});

test('what is no trace is refused: nothing in it, no text, no lines, no file', () => {
  expect(errorOf('')).toBe(' there is no request in it');
  expect(errorOf(Buffer.from('0 0 0 8 1\n\0\0\0\n'))).toBe('2: this is no text: a trace in ASCII is wanted');
  expect(errorOf('x'.repeat(3_000_000))).toBe('1: a line of more than 65536 bytes: a trace in ASCII is wanted');
  expect(() => readTrace(join(folder, 'none'))).toThrow(/none: ENOENT/);
  expect(() => readTrace(folder)).toThrow(`${folder}: EISDIR`);
});

test('a trace that is longer than virtual time is exact is refused by line, not cut short', () => {
  const days = (n: number): string => String(n * 86_400_000);
  expect(rows(read(`${days(20_000)} 0 0 8 1\n${days(20_052)} 0 0 8 1\n`)).map(([us]) => us)).toEqual([
    0,
    52 * 86_400e6,
  ]);
  expect(errorOf(`0 0 0 8 1\n${days(53)} 0 0 8 1\n`)).toMatch(/^2: more than 52 days lie between/);
  expect(errorOf(`${'9'.repeat(400)} 0 0 8 1\n`)).toMatch(/^1: /);
  const wait = '/a wait 999999999999 0\n';
  expect(errorOf(`fio version 2 iolog\n/a add\n/a open\n/a read 0 512\n${wait.repeat(5)}/a read 0 512\n`)).toMatch(
    /^10: /,
  );
});

test('volumes that are too small, or too few, are refused with the line that they cannot take', () => {
  const trace = read('0 0 0 8 1\n1 7 96 8 1\n');
  expect(() => trace.check(['A:a', 'A:b'], [200, 100])).toThrow(
    'some.trace:2: sectors 96 to 103 of device 7; volume A:b has 100',
  );
  expect(() => trace.check(['A:a'], [200])).toThrow(
    'trace some.trace has 2 devices (device 0, device 7), and 1 volumes stand for them (A:a)',
  );
});
