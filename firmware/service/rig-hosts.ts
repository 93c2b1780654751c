/** Who the hosts of an array are, which of its volumes each sees, and as what: the parts `hosts`, `iscsi`, `nbd` and `device` of a rig. */
import { SECTOR_BYTES } from '../memory/constants.js';
import { LUNS_MAX, UNIT_TYPE } from '../memory/scsi.js';
import type { ArrayConfig } from '../runtime/machine/config.js';
import { targetName } from '../runtime/machine/scsi-config.js';
import type { JsonObject } from './json-reader.js';
import { Problems } from './profile/problems.js';
import { secretPath } from './rig-links.js';

/** Who proves itself by a secret. */
export interface ChapConfig {
  readonly user: string;
  readonly secretFile: string;
}

/** Hosts that see the same volumes. */
export interface HostGroup {
  readonly name: string;
  /** Names of its initiators, in lower case; absent: any that no group before it names. */
  readonly initiators?: readonly string[];
  /** By LUN: number of the volume. */
  readonly luns: readonly (number | undefined)[];
  /** Its initiators prove themselves by this, and the target to them. */
  readonly chap?: ChapConfig & { readonly mutual?: ChapConfig };
}

export interface IscsiConfig {
  /** Name of the target. */
  readonly target: string;
  /** Where initiators are told to go, `address:port` each; none: where they have reached it. */
  readonly portals: readonly string[];
}

export interface HostsConfig extends Pick<ArrayConfig, 'exports'> {
  readonly hosts?: readonly HostGroup[];
  /** Absent: the rig says nothing of it. */
  readonly iscsi?: IscsiConfig;
  /** By volume: UNIT_TYPE bits; absent: all are plain. */
  readonly devices?: readonly number[];
  /** By volume: how long FORMAT UNIT and SANITIZE take for a MiB at least. */
  readonly erases_us?: readonly number[];
}

/** What is read of an array of a rig. */
interface Draft {
  readonly json: JsonObject;
  readonly name: string;
  readonly volumes: readonly { readonly json: JsonObject; readonly name: string }[];
}

/**
 * @param rigPath where the file is: paths in it are relative to its folder
 * Errors: ProfileError with all that is wrong.
 */
export function readHosts(draft: Draft, all: readonly Draft[], rigPath: string): HostsConfig {
  const { json, volumes } = draft;
  const names = volumes.map(({ name }) => name);
  const problems = new Problems();
  const hosts = json.has('hosts') && problems.of(() => readGroups(json.objects('hosts'), names, rigPath));
  const iscsi = json.has('iscsi') && problems.of(() => readIscsi(json.object('iscsi'), draft, all));
  const named = json.has('nbd') ? problems.of(() => readExports(json.object('nbd'), names)) : undefined;
  problems.throwIfAny();
  const exports = named ?? (hosts ? exportsOf(hosts) : undefined);
  const devices = volumes.map((volume) => readDevice(volume.json));
  const erases_us = volumes.map(({ json: volume }) => eraseOf(volume));
  return {
    ...(erases_us.some((pace) => pace !== 0) && { erases_us }),
    ...(hosts && { hosts }),
    ...(iscsi && { iscsi }),
    ...(exports && { exports }),
    ...(devices.some((type) => type !== 0) && { devices }),
  };
}

const targetOf = ({ json, name }: Draft): string => {
  const iscsi = json.has('iscsi') ? json.object('iscsi') : undefined;
  return iscsi?.has('target') ? iscsi.text('target') : targetName(name);
};

function readIscsi(iscsi: JsonObject, draft: Draft, all: readonly Draft[]): IscsiConfig {
  const target = targetOf(draft);
  const other = all.find((array) => array !== draft && targetOf(array) === target);
  if (other) iscsi.wrong('target', `a name that no other array has; it is that of array ${other.name}`);
  return { target, portals: iscsi.has('portals') ? (iscsi.list('portals') as readonly string[]) : [] };
}

function readExports(nbd: JsonObject, volumes: readonly string[]): number[] {
  const names = nbd.list('exports') as readonly string[];
  const unknown = names.find((name) => !volumes.includes(name));
  if (unknown !== undefined)
    nbd.wrong('exports', `names of volumes of this array: ${volumes.join(', ')}; ${unknown} is none`);
  return names.map((name) => volumes.indexOf(name)).sort((a, b) => a - b);
}

/** An NBD client has no name, and proves nothing: it sees what any initiator sees without a secret. */
function exportsOf(hosts: readonly HostGroup[]): number[] {
  const open = hosts.filter(({ initiators, chap }) => !initiators && !chap);
  const seen = open.flatMap(({ luns }) => luns.filter((volume) => volume !== undefined));
  return [...new Set(seen)].sort((a, b) => a - b);
}

function eraseOf(volume: JsonObject): number {
  const device = volume.has('device') ? volume.object('device') : undefined;
  return device?.has('erase_us_per_mib') ? device.number('erase_us_per_mib') : 0;
}

function readDevice(volume: JsonObject): number {
  if (!volume.has('device')) return 0;
  const device = volume.object('device');
  const isSmall = device.has('physical_bytes') && device.number('physical_bytes') === SECTOR_BYTES;
  return (
    (device.flag('removable') ? UNIT_TYPE.REMOVABLE : 0) |
    (device.flag('read_only') ? UNIT_TYPE.READ_ONLY : 0) |
    (isSmall ? UNIT_TYPE.PHYSICAL_512 : 0)
  );
}

function readGroups(groups: readonly JsonObject[], volumes: readonly string[], rigPath: string): HostGroup[] {
  const problems = new Problems();
  const owners = new Map<string, string>();
  const read = groups.map((group, g) =>
    problems.of((): HostGroup => {
      const name = group.text('name');
      if (groups.findIndex((other) => other.text('name') === name) !== g)
        group.wrong('name', 'a name that no other group of hosts here has');
      if (!group.has('initiators') && g !== groups.length - 1)
        group.fail(
          'initiators',
          'is missing: only the last group may be of any initiator, as those before it are asked first',
        );
      const initiators = group.has('initiators') ? readInitiators(group, owners) : undefined;
      return {
        name,
        ...(initiators && { initiators }),
        luns: group.has('luns') ? readLuns(group.object('luns'), volumes) : volumes.map((_, volume) => volume),
        ...(group.has('chap') && { chap: readChap(group.object('chap'), rigPath) }),
      };
    }),
  );
  problems.throwIfAny();
  return read as HostGroup[];
}

/** @param owners groups by the initiators that they have; those of this one are added */
function readInitiators(group: JsonObject, owners: Map<string, string>): string[] {
  return group.list('initiators').map((value) => {
    const initiator = (value as string).toLowerCase();
    const owner = owners.get(initiator);
    if (owner !== undefined)
      group.wrong('initiators', `names that no group has yet; ${initiator} is in ${owner} already`);
    owners.set(initiator, group.text('name'));
    return initiator;
  });
}

function readLuns(luns: JsonObject, volumes: readonly string[]): (number | undefined)[] {
  const read: (number | undefined)[] = [];
  for (const key of Object.keys(luns.file.at(luns.path) as object)) {
    const lun = Number(key);
    if (!/^(0|[1-9]\d?)$/.test(key) || lun >= LUNS_MAX) luns.fail(key, `is no LUN; there are 0 to ${LUNS_MAX - 1}`);
    const volume = volumes.indexOf(luns.text(key));
    if (volume < 0) luns.wrong(key, `a volume of this array: ${volumes.join(', ')}`);
    const other = read.indexOf(volume);
    if (other >= 0) luns.wrong(key, `a volume that has no other LUN for these hosts, and this one has ${other}`);
    read[lun] = volume;
  }
  return Array.from(read);
}

function readChap(chap: JsonObject, rigPath: string): NonNullable<HostGroup['chap']> {
  const own = { user: chap.text('user'), secretFile: secretPath(rigPath, chap.text('secret_file')) };
  if (!chap.has('mutual_user')) return own;
  const mutual = { user: chap.text('mutual_user'), secretFile: secretPath(rigPath, chap.text('mutual_secret_file')) };
  if (mutual.secretFile === own.secretFile)
    chap.wrong('mutual_secret_file', 'another file than secret_file: who knows one secret must not know the other');
  return { ...own, mutual };
}
