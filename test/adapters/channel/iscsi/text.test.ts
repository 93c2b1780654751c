/** Text keys and sense data: what is written is read back by readers written from the standards. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkChap } from '../../../../adapters/channel/iscsi/chap.js';
import { SENSE_BYTES_MAX, writeSense } from '../../../../adapters/channel/iscsi/sense.js';
import { checkTarget, sendTargets } from '../../../../adapters/channel/iscsi/target.js';
import { readBinary, readNumber, readPairs, writePairs } from '../../../../adapters/channel/iscsi/text.js';
import { SENSE_BITS } from '../../../../firmware/memory/scsi.js';

describe('pairs', () => {
  test('what is written is what is read', () => {
    const key = fc.stringMatching(/^[A-Z][A-Za-z0-9.+@_#-]{0,62}$/);
    const value = fc.string().filter((v) => !v.includes('\0'));
    fc.assert(
      fc.property(fc.array(fc.tuple(key, value), { maxLength: 20 }), (pairs) => {
        expect(readPairs(writePairs(pairs))).toEqual(pairs);
      }),
    );
  });

  test.each([
    ['no end', 'A=b'],
    ['no equals sign', 'A\0'],
    ['no key', '=b\0'],
    ['a key that begins small', 'a=b\0'],
    ['a key of 64 bytes', `${'A'.repeat(64)}=b\0`],
    ['257 pairs', 'A=b\0'.repeat(257)],
    ['17 KiB', `A=${'b'.repeat(17 * 1024)}\0`],
  ])('%s is no text', (_, text) => {
    expect(readPairs(Buffer.from(text))).toBeUndefined();
  });

  test('zeroes that pad are counted by some, and stand for nothing', () => {
    expect(readPairs(Buffer.from('A=b\0\0\0'))).toEqual([['A', 'b']]);
  });
});

describe('values', () => {
  test.each([
    ['0', 0],
    ['4294967295', 4294967295],
    ['0x10', 16],
    ['0XfF', 255],
    ['4294967296', undefined],
    ['-1', undefined],
    ['01', undefined],
    ['1e3', undefined],
    ['', undefined],
  ])('number %s', (text, number) => expect(readNumber(text)).toBe(number));

  test('bytes are read from either spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (array) => {
        const bytes = Buffer.from(array);
        expect(readBinary(`0x${bytes.toString('hex')}`, 64)).toEqual(bytes);
        expect(readBinary(`0b${bytes.toString('base64')}`, 64)).toEqual(bytes);
      }),
    );
  });

  test.each(['0x', '0b', '0xg0', '0b!', 'abcd', '0x001122334455667788'])('bytes %s are none', (text) => {
    expect(readBinary(text, 8)).toBeUndefined();
  });
});

describe('sense data', () => {
  const of = (sense: number, informationHigh: number, informationLow: number, specific: number): Buffer => {
    const bytes = Buffer.alloc(SENSE_BYTES_MAX);
    const end = { status: 2, sense, informationHigh, informationLow, specific, wantedBytes: 0 };
    const used = writeSense(new DataView(bytes.buffer, bytes.byteOffset), 0, end);
    expect(bytes.readUInt16BE(0)).toBe(used - 2);
    return bytes.subarray(2, used);
  };
  const ILLEGAL = 0x052400;

  test('fixed format bears key, code and what points into the CDB', () => {
    const bytes = of(ILLEGAL | SENSE_BITS.WITH_SPECIFIC, 0, 0, 0xc0_0002 & 0x7f_ffff);
    expect(bytes.toString('hex')).toBe('700005000000000a00000000240000c00002');
  });

  test('fixed format tells information that fits 32 bits', () => {
    expect(of(0x031100 | SENSE_BITS.WITH_INFORMATION, 0, 0x1234_5678, 0).toString('hex', 0, 7)).toBe('f0000312345678');
    expect(of(0x031100 | SENSE_BITS.WITH_INFORMATION, 1, 0x1234_5678, 0).toString('hex', 0, 7)).toBe('70000300000000');
  });

  test('descriptor format bears each part in a descriptor of its own', () => {
    const flags =
      SENSE_BITS.IN_DESCRIPTORS | SENSE_BITS.WITH_INFORMATION | SENSE_BITS.WITH_SPECIFIC | SENSE_BITS.WITH_ILI;
    expect(of(0x0e1d00 | flags, 1, 2, 0x40_0008).toString('hex')).toBe(
      ['720e1d0000000018', '000a80000000000100000002', '02060000c0000800', '05020020'].join(''),
    );
  });
});

describe('targets', () => {
  const target = { name: 'iqn.2026-11.example.arraylab:a', portals: ['127.0.0.1:3260'], access: () => ({ group: 0 }) };
  const told = [
    ['TargetName', target.name],
    ['TargetAddress', '127.0.0.1:3260,1'],
  ];

  test.each([
    ['All', false, told],
    ['', true, told],
    ['', false, undefined],
    [target.name, false, told],
    ['iqn.2026-11.example.arraylab:b', false, []],
    ['Alle', false, undefined],
    ['A', true, undefined],
  ])('SendTargets=%s (in a session with it: %s)', (value, here, expected) => {
    expect(sendTargets(value, target, 'iqn.2026-11.x:h', here, '')).toEqual(expected);
  });

  test('an initiator without access is told of nothing', () => {
    expect(sendTargets('All', { ...target, access: () => undefined }, 'iqn.2026-11.x:h', false, '')).toEqual([]);
  });

  test('without portals, the address that it has reached is told', () => {
    expect(sendTargets('All', { ...target, portals: [] }, 'iqn.2026-11.x:h', false, '10.0.0.1:3260')?.[1][1]).toBe(
      '10.0.0.1:3260,1',
    );
  });

  test('bad settings are named', () => {
    expect(() => checkTarget({ ...target, name: 'a' })).toThrow('target name a: it must be like');
    expect(() => checkTarget({ ...target, portals: ['here'] })).toThrow('portal here: it must be address:port');
    expect(() => checkChap({ name: 'u', secret: 'short' })).toThrow('at least 12 bytes');
    const secret = 'the same one for both';
    expect(() => checkChap({ name: 'u', secret, mutual: { name: 'v', secret } })).toThrow('must not share one');
  });
});
