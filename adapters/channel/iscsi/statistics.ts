/** What people are told of a session. */
import type { Session } from './session.js';

export interface SessionRecord {
  readonly initiator: string;
  readonly alias: string;
  /** Twelve hexadecimal digits. */
  readonly isid: string;
  readonly tsih: number;
  /** `address:port` of its connection. */
  readonly address: string;
  readonly kind: 'normal' | 'discovery';
  /** Host group of the array; undefined: it only looks for targets, and has access to none. */
  readonly group: number | undefined;
  /** When it began, milliseconds since 1970. */
  readonly since_ms: number;
  readonly headerDigest: boolean;
  readonly dataDigest: boolean;
  /** SCSI commands that have come; data that was moved, of commands that ended well if it was written. */
  readonly commands: number;
  readonly read_bytes: number;
  readonly written_bytes: number;
  /** Commands that have not ended. */
  readonly underWay: number;
}

export function recordOf(session: Session): SessionRecord {
  const { login, terms, client } = session;
  return {
    initiator: login.initiator,
    alias: login.alias,
    isid: login.isid,
    tsih: session.tsih,
    address: client.address,
    kind: login.isDiscovery ? 'discovery' : 'normal',
    group: login.access?.group,
    since_ms: session.since,
    headerDigest: terms.headerDigest,
    dataDigest: terms.dataDigest,
    commands: session.commands,
    read_bytes: session.readBytes,
    written_bytes: session.writtenBytes,
    underWay: session.active.length,
  };
}
