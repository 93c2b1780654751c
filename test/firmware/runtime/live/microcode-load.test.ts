import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { encodeImage, type Image } from '../../../../firmware/engine/image.js';
import { MICROCODED_ROLES, type Role, roleNumber } from '../../../../firmware/ports/messages.js';
import { PLACEMENTS, type PlacementName } from '../../../../firmware/runtime/live/placement.js';
import { ServedArray } from '../../../../firmware/runtime/live/served-array.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { NbdClient, until } from '../../../adapters/channel/nbd-client.js';
import { edited, longerWrite, reordered } from '../../../harness/changed-microcode.js';
import { imageOf } from '../../../harness/images.js';
import { NumberedWriter, WriteRecord } from '../../../live/numbered-writer.js';
import { singleRig } from './host.js';

const VOLUME_BYTES = 40 * 2048;
const WRITE = 1;
/** No task has this number. */
const NOBODY = 4000;

// Each test starts the threads of an array, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

let array: ServedArray;

async function start(placement: PlacementName): Promise<void> {
  array = new ServedArray({
    config: singleRig('tiny', VOLUME_BYTES).arrays[0],
    images: loadImages(),
    placement,
    nbd: { host: '127.0.0.1', port: 0 },
    shared: true,
    onDead: (roles, reason) => {
      throw new Error(`${roles.join('+')} died: ${reason}`);
    },
  });
  await array.switchOn();
}

afterEach(() => array.close());

const portOf = (): number => Number(array.nbd.split(':')[1]);
const load = (image: Image): Promise<void> => array.loadMicrocode(encodeImage(image), 'new.img');
const runs = (role: Role): string | undefined => array.microcode.images.find((image) => image.role === role)?.version;

describe.each(PLACEMENTS)('a %s array', (placement) => {
  beforeEach(() => start(placement));

  it('takes other microcode for each role while a host works, there and back: no error, no wrong byte', async () => {
    const record = new WriteRecord(1, VOLUME_BYTES);
    const writer = await NumberedWriter.start(portOf(), 'data0', record, { depth: 8 });
    for (const round of [1, 2]) {
      for (const role of MICROCODED_ROLES) {
        await load(reordered(role));
        expect(runs(role)).toBe('reordered');
      }
      // Each host write is in the middle of what changes here.
      await load(longerWrite());
      expect(runs('data')).toBe('edited');
      await load(edited('disk', 'microcode/base/disk/destage.uc', '    end', '    mov   r0, r0\n    end'));
      for (const role of MICROCODED_ROLES) await load(imageOf(role));
      const goal = writer.writes + 200;
      await until(() => writer.writes >= goal || writer.hasEnded, `${goal} writes in round ${round}`);
    }
    await writer.stop();
    const { errors, faults, disconnected } = writer;
    expect({ errors, faults, disconnected }).toEqual({ errors: [], faults: [], disconnected: false });
  });
});

describe('an array', () => {
  beforeEach(() => start('dedicated'));

  it('refuses a damaged image, one that lacks something, and what is no image, and runs what it ran', async () => {
    const before = array.microcode;
    const good = encodeImage(imageOf('data'));
    const flipped = good.slice();
    flipped[40] ^= 1;
    await expect(array.loadMicrocode(flipped, 'new.img')).rejects.toThrow(/^new\.img: byte \d+: CRC is .* damaged$/);
    await expect(array.loadMicrocode(good.slice(0, 100), 'new.img')).rejects.toThrow(/^new\.img: byte /);
    await expect(array.loadMicrocode(Buffer.from('end'), 'new.img')).rejects.toThrow(/^new\.img: byte 3/);
    const deaf = { ...imageOf('data'), handlers: imageOf('data').handlers.map(() => -1) };
    await expect(load(deaf)).rejects.toThrow(/^new\.img: there is no handler for/);
    expect(array.microcode).toEqual(before);
  });

  it('refuses code that a task does not leave in time, says where it is, and the old code goes on', async () => {
    const { tables } = array;
    const client = await NbdClient.attach(portOf());
    const write = (sector: number) =>
      client.ask({ type: WRITE, offset: sector * 512, length: 512 }, Buffer.alloc(512, 1));
    // A task that does not exist has the track: whoever writes to it waits for ever.
    tables.set('lock', 'holder', 0, NOBODY);
    write(0).catch(() => undefined);
    await until(() => tables.get('lock', 'waiting', 0) !== 0, 'the write waits for its track');
    await expect(load(longerWrite())).rejects.toThrow(
      /^array A: task \d+ of role data does not leave microcode\/base\/data\/write\.uc:\d+ \(WRITE\) within 2 s, which the new/,
    );
    expect(runs('data')).not.toBe('edited');
    for (const role of MICROCODED_ROLES) expect(tables.get('node', 'held', roleNumber(role))).toBe(0);
    // Where its code is the same, even this task is in nobody's way.
    await load(reordered('data'));
    const other = await NbdClient.attach(portOf());
    const sector = { type: WRITE, offset: 512 * tables.config.dims.sectorsPerTrack, length: 512 };
    expect((await other.ask(sector, Buffer.alloc(512, 2))).errno).toBe(0);
    other.close();
    client.close();
    await array.crash();
  });

  it('keeps what was loaded when power goes and comes', async () => {
    await load(reordered('cache'));
    await array.crash();
    expect(runs('cache')).toBe('reordered');
    await expect(load(imageOf('cache'))).rejects.toThrow('array A has no power');
    await array.switchOn();
    expect(runs('cache')).toBe('reordered');
  });
});
