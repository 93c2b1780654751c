/** All that is fuzzed, by name, in the order in which it is done. */
import type { OpenTarget } from './target.js';

export const TARGETS: Readonly<Record<string, () => Promise<{ readonly open: OpenTarget }>>> = {
  'iscsi-pdu': () => import('./iscsi/pdu-target.js'),
  text: () => import('./iscsi/text-target.js'),
  nbd: () => import('./nbd/nbd-target.js'),
  link: () => import('./link/link-target.js'),
  cdb: () => import('./cdb/cdb-target.js'),
};

/** Errors: Error that names those that there are. */
export async function openerOf(name: string): Promise<OpenTarget> {
  const load = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (load === undefined)
    throw new Error(`no target is called "${name}"; targets are ${Object.keys(TARGETS).join(', ')}`);
  return (await load()).open;
}
