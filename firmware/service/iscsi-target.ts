/** An array of a rig as an iSCSI target: its name, its portals, and whom it admits, with the secrets that they prove themselves by. */
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { type ChapTerms, checkChap } from '../../adapters/channel/iscsi/chap.js';
import type { IscsiTarget } from '../runtime/live/director-job.js';
import { targetName } from '../runtime/machine/scsi-config.js';
import type { RigArray } from './rig.js';
import type { HostGroup } from './rig-hosts.js';

/** RFC 7143, 12.1.3: what is shorter can be guessed; what is longer some initiators do not take. */
const SECRET_BYTES_MAX = 255;
const OTHERS = 0o077;

/** Errors: Error that names the file of a secret, and what would be right; RangeError for secrets that cannot be kept safely. */
export function iscsiTarget({ name, hosts, iscsi }: RigArray): IscsiTarget {
  return {
    name: iscsi?.target ?? targetName(name),
    portals: iscsi?.portals ?? [],
    access: hosts?.map(({ name: groupName, initiators, chap }, group) => ({
      group,
      name: groupName,
      ...(initiators && { initiators }),
      ...(chap && { chap: termsOf(chap) }),
    })) ?? [{ group: 0 }],
  };
}

function termsOf({ user, secretFile, mutual }: NonNullable<HostGroup['chap']>): ChapTerms {
  const terms = {
    name: user,
    secret: readSecret(secretFile),
    ...(mutual && { mutual: { name: mutual.user, secret: readSecret(mutual.secretFile) } }),
  };
  checkChap(terms);
  return terms;
}

/** The text without white space at its ends. */
function readSecret(path: string): string {
  const file = openSync(path, 'r');
  try {
    const { mode, size } = fstatSync(file);
    if ((mode & OTHERS) !== 0) {
      throw new Error(
        `${path}: others than its owner have access (mode ${(mode & 0o777).toString(8)}); it must be 600`,
      );
    }
    if (size > SECRET_BYTES_MAX + 1)
      throw new Error(`${path}: ${size} bytes; a CHAP secret has ${SECRET_BYTES_MAX} at most`);
    return readFileSync(file, 'utf8').trim();
  } finally {
    closeSync(file);
  }
}
