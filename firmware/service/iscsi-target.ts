/** An array of a rig as an iSCSI target: its name, its portals, and whom it admits, with the secrets that they prove themselves by. */
import { type ChapTerms, checkChap } from '../../adapters/channel/iscsi/chap.js';
import type { IscsiTarget } from '../runtime/live/director-job.js';
import { targetName } from '../runtime/machine/scsi-config.js';
import type { RigArray } from './rig.js';
import type { HostGroup } from './rig-hosts.js';
import { readSecretFile } from './secret-file.js';

/** RFC 7143, 12.1.3: what is shorter can be guessed; what is longer some initiators do not take. */
const SECRET_BYTES_MAX = 255;
/** It may end with a line feed. */
const FILE_BYTES_MAX = SECRET_BYTES_MAX + 1;

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
    secret: readSecretFile(secretFile, FILE_BYTES_MAX),
    ...(mutual && { mutual: { name: mutual.user, secret: readSecretFile(mutual.secretFile, FILE_BYTES_MAX) } }),
  };
  checkChap(terms);
  return terms;
}
