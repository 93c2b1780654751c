/** The sessions that hosts have with the iSCSI target of an array, as operators see them. */
import type { SessionRecord } from '../../../adapters/channel/iscsi/statistics.js';
import type { IscsiTarget } from './director-job.js';
import { type Directors, heldHere, lookedAt } from './directors.js';
import { type HostView, Refusal } from './system.js';

/** Of an array without power, or whose host port died, none: its connections are gone. Errors: Refusal when nobody can say. */
export async function hostSessions(
  array: string,
  directors: Pick<Directors, 'threadOf' | 'isLookedAt' | 'held' | 'hangs'>,
  target: IscsiTarget | undefined,
): Promise<readonly HostView[]> {
  const front = directors.threadOf('hostPort');
  if (target === undefined || front === undefined || front.dead !== undefined) return [];
  if (directors.isLookedAt) throw lookedAt(array);
  if (directors.held.has(front)) throw heldHere(array, front);
  if (directors.hangs(front))
    throw new Refusal(`array ${array}: the director of its host port hangs, as a fault has it`);
  const answer = front.next('hosts');
  front.order({ what: 'hosts' });
  try {
    const { sessions } = await answer;
    return sessions.map((session) => hostView(array, target, session));
  } catch {
    // Its thread ended meanwhile, and the sessions with it.
    return [];
  }
}

function hostView(array: string, { access }: IscsiTarget, session: SessionRecord): HostView {
  const { initiator, alias, isid, tsih, address, kind, group, since_ms } = session;
  const name = access.find((one) => one.group === group)?.name;
  const { headerDigest, dataDigest, commands, read_bytes, written_bytes, underWay } = session;
  return {
    array,
    initiator,
    ...(alias !== '' && { alias }),
    isid,
    tsih,
    address,
    kind,
    ...(name !== undefined && { group: name }),
    since: new Date(since_ms).toISOString(),
    headerDigest,
    dataDigest,
    commands,
    read_bytes,
    written_bytes,
    underWay,
  };
}
