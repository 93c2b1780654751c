/** Who the hosts of an array are, as a rig says it, and what is wrong with what it says. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UNIT_TYPE } from '../../../firmware/memory/scsi.js';
import { loadRig, type RigArray } from '../../../firmware/service/rig.js';
import { withScsi } from '../../../firmware/service/rig-scsi.js';
import { withFiles } from '../runtime/live/host.js';

const volumes = [
  { name: 'data0', size_bytes: 8192 },
  { name: 'data1', size_bytes: 8192 },
];
const withArrays = (...arrays: object[]): RigArray[] =>
  withFiles({ 'rig.json': { arrays } }, (folder) =>
    loadRig(join(folder, 'rig.json')).arrays.map((array) => ({ ...array, folder })),
  );
const read = (more: object): RigArray => withArrays({ name: 'A', profile: 'tiny', volumes, ...more })[0] as RigArray;

/** Without the name of the file. */
function errorOf(...arrays: object[]): string {
  try {
    withArrays(...arrays.map((more, a) => ({ name: `A${a}`, profile: 'tiny', volumes, ...more })));
  } catch (error) {
    return (error as Error).message.replace(/^.*rig\.json:1: /gm, '');
  }
  throw new Error('the rig was accepted');
}

const ESX = 'iqn.1998-01.com.vmware:ESX1';

describe('the hosts of an array', () => {
  it('are any initiator with all volumes, where the rig says nothing', () => {
    const array = read({});
    expect([array.hosts, array.iscsi, array.devices]).toEqual([undefined, undefined, undefined]);
    expect(withScsi(array).scsi?.groups).toEqual([[0, 1]]);
  });

  it('see the LUNs of their group; the last may be of any initiator', () => {
    const array = read({
      hosts: [
        { name: 'esx', initiators: [ESX, 'eui.02004567a425678d'], luns: { 5: 'data0', 0: 'data1' } },
        { name: 'rest' },
      ],
    });
    const luns = [1, undefined, undefined, undefined, undefined, 0];
    expect(array.hosts).toEqual([
      { name: 'esx', initiators: [ESX.toLowerCase(), 'eui.02004567a425678d'], luns },
      { name: 'rest', luns: [0, 1] },
    ]);
    expect(withScsi(array).scsi?.groups).toEqual([luns, [0, 1]]);
  });

  it('prove who they are, and ask the target who it is, by secrets in files beside the rig', () => {
    const chap = { user: 'esx', secret_file: 'in.txt', mutual_user: 'array', mutual_secret_file: '/keys/out.txt' };
    const array = read({ hosts: [{ name: 'esx', initiators: [ESX], chap }] });
    const { folder } = array as unknown as { folder: string };
    expect(array.hosts?.[0]?.chap).toEqual({
      user: 'esx',
      secretFile: join(folder, 'in.txt'),
      mutual: { user: 'array', secretFile: '/keys/out.txt' },
    });
  });

  it('see by NBD, which knows no names, what any initiator sees without a secret, unless the rig says more or less', () => {
    const esx = { name: 'esx', initiators: [ESX], luns: { 0: 'data0' } };
    const rest = { name: 'rest', luns: { 7: 'data1' } };
    const chap = { user: 'esx', secret_file: 'in.txt' };
    const exportsOf = (more: object): unknown => read(more).exports;
    expect(exportsOf({})).toBeUndefined();
    expect(exportsOf({ hosts: [{ name: 'all' }] })).toEqual([0, 1]);
    expect(exportsOf({ hosts: [esx, rest] })).toEqual([1]);
    expect(exportsOf({ hosts: [esx] })).toEqual([]);
    expect(exportsOf({ hosts: [esx, { ...rest, chap }] })).toEqual([]);
    expect(exportsOf({ hosts: [esx], nbd: { exports: ['data1', 'data0'] } })).toEqual([0, 1]);
    expect(exportsOf({ nbd: { exports: [] } })).toEqual([]);
    expect(errorOf({ nbd: { exports: ['data0', 'data9'] } })).toMatch(
      /nbd\.exports is .*names of volumes of this array: data0, data1; data9 is none/,
    );
  });

  it('are told the name of the target and where it is', () => {
    const portals = ['192.168.7.1:3260', '[fe80::1]:3260'];
    expect(read({ iscsi: { portals } }).iscsi).toEqual({ target: 'iqn.2026-11.example.arraylab:a', portals });
    const target = 'iqn.2001-04.com.example:storage.disk2';
    expect(read({ iscsi: { target } }).iscsi).toEqual({ target, portals: [] });
  });

  it('have volumes as devices: the rig conformance', () => {
    const [array] = loadRig('conformance').arrays;
    expect(array.volumes.map(({ name }) => name)).toEqual(['data0', 'removable0', 'readonly0']);
    const { READ_ONLY, REMOVABLE, PHYSICAL_4096, PHYSICAL_512 } = UNIT_TYPE;
    expect(array.devices).toEqual([PHYSICAL_512, REMOVABLE, READ_ONLY]);
    const types = withScsi(array).scsi?.units.map(({ type }) => type & (READ_ONLY | REMOVABLE | PHYSICAL_4096));
    expect(types).toEqual([0, REMOVABLE | PHYSICAL_4096, READ_ONLY | PHYSICAL_4096]);
  });

  it('have a unit with another name in each target', () => {
    const pages = (more: object): string => JSON.stringify(withScsi(read(more)).scsi?.pages);
    expect(pages({})).toBe(pages({}));
    expect(pages({})).not.toBe(pages({ iscsi: { target: 'iqn.2001-04.com.example:a' } }));
  });
});

describe('a rig is refused', () => {
  const group = (more: object): object => ({ hosts: [{ name: 'esx', initiators: [ESX], ...more }] });
  const name = 'an iSCSI name, like iqn.2004-01.com.example:esx1';

  it.each([
    [
      'a volume that there is not',
      group({ luns: { 0: 'data7' } }),
      'arrays[0].hosts[0].luns.0 is "data7"; it must be a volume of this array: data0, data1',
    ],
    ['a LUN that is none', group({ luns: { 64: 'data0' } }), 'arrays[0].hosts[0].luns.64 is no LUN; there are 0 to 63'],
    [
      'a LUN in other words',
      group({ luns: { '01': 'data0' } }),
      'arrays[0].hosts[0].luns.01 is no LUN; there are 0 to 63',
    ],
    [
      'two LUNs of a volume',
      group({ luns: { 0: 'data0', 3: 'data0' } }),
      'arrays[0].hosts[0].luns.3 is "data0"; it must be a volume that has no other LUN for these hosts, and this one has 0',
    ],
    [
      'a name that is none',
      group({ initiators: ['esx1'] }),
      `arrays[0].hosts[0].initiators[0] is "esx1"; it must be ${name}`,
    ],
    [
      'an initiator of two groups',
      {
        hosts: [
          { name: 'one', initiators: [ESX] },
          { name: 'two', initiators: [ESX.toLowerCase()] },
        ],
      },
      `arrays[0].hosts[1].initiators is ["${ESX.toLowerCase()}"]; it must be names that no group has yet; ${ESX.toLowerCase()} is in one already`,
    ],
    [
      'two groups of a name',
      { hosts: [{ name: 'one', initiators: [ESX] }, { name: 'one' }] },
      'arrays[0].hosts[1].name is "one"; it must be a name that no other group of hosts here has',
    ],
    [
      'anybody before somebody',
      { hosts: [{ name: 'any' }, { name: 'one', initiators: [ESX] }] },
      'arrays[0].hosts[0].initiators is missing: only the last group may be of any initiator, as those before it are asked first',
    ],
    [
      'one secret for both ways',
      group({ chap: { user: 'a', secret_file: 's', mutual_user: 'b', mutual_secret_file: './s' } }),
      'arrays[0].hosts[0].chap.mutual_secret_file is "./s"; it must be another file than secret_file: who knows one secret must not know the other',
    ],
    [
      'a target with capitals',
      { iscsi: { target: 'iqn.2026-11.example:A' } },
      'arrays[0].iscsi.target is "iqn.2026-11.example:A"; it must be an iSCSI name in lower case, like iqn.2026-11.example.arraylab:a',
    ],
    [
      'a portal without a port',
      { iscsi: { portals: ['10.0.0.1'] } },
      'arrays[0].iscsi.portals[0] is "10.0.0.1"; it must be ADDRESS:PORT',
    ],
  ])('for %s', (_, more, error) => {
    expect(errorOf(more)).toBe(error);
  });

  it('for two arrays with one target', () => {
    expect(errorOf({}, { iscsi: { target: 'iqn.2026-11.example.arraylab:a0' } })).toBe(
      'arrays[1].iscsi.target is "iqn.2026-11.example.arraylab:a0"; it must be a name that no other array has; it is that of array A0',
    );
  });
});
