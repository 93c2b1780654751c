/** Our own target: the rig `conformance`, as a user starts it. */
import { startRig } from '../bench/nbd-peers.js';
import { type Target, unitAt } from './units.js';

const RIG = 'conformance';
/** In the rig's order of volumes. */
const PLAIN = 0;
const REMOVABLE = 1;
const READ_ONLY = 2;

/** Errors: when it does not start, or serves no iSCSI, with what it said. */
export async function startOurs(): Promise<Target> {
  const { peer, served } = await startRig(RIG);
  const { iscsi, iqn } = served.arrays[0] ?? {};
  const stop = async (): Promise<void> => {
    const status = await peer.stop();
    if (status !== 0) throw new Error(`arraylab serve ${RIG} ended with ${status ?? 'SIGKILL'}`);
  };
  if (iscsi === undefined || iqn === undefined) {
    await stop();
    throw new Error(`arraylab serve ${RIG} names no iSCSI target: ${JSON.stringify(served.arrays)}`);
  }
  return {
    name: 'arraylab',
    plain: unitAt(iscsi, iqn, PLAIN),
    special: {
      removable: unitAt(iscsi, iqn, REMOVABLE),
      'read-only': unitAt(iscsi, iqn, READ_ONLY),
      // Any that the rig does not want to have small ones.
      'large-block': unitAt(iscsi, iqn, REMOVABLE),
    },
    stop,
  };
}
