/**
 * The end of a login: the session of the same initiator port before this one ends first (session reinstatement, RFC
 * 7143, 6.3.5), then the array takes the new nexus. Who does not get that far leaves nothing behind.
 */
import { SECTOR_BYTES } from '../../../firmware/memory/constants.js';
import type { ScsiListener } from '../scsi-port.js';
import type { Client, Hub } from './hub.js';
import type { Login } from './login.js';
import { LOGIN } from './pdu.js';
import type { Replies } from './replies.js';
import { Session } from './session.js';
import { transportId } from './transport-id.js';

export const OPENING = { WAITS: 0, ASKS: 1, DONE: 2, REFUSED: 3 } as const;
type State = (typeof OPENING)[keyof typeof OPENING];

export class Opening implements ScsiListener {
  state: State = OPENING.WAITS;
  /** Of a refusal. */
  status: number = LOGIN.OUT_OF_RESOURCES;
  session: Session | undefined;
  readonly key: string;
  private readonly hub: Hub;
  readonly client: Client;
  private readonly login: Login;
  private readonly replies: Replies;
  private readonly cmdSn: number;

  constructor(hub: Hub, client: Client, login: Login, replies: Replies, cmdSn: number) {
    this.hub = hub;
    this.client = client;
    this.login = login;
    this.replies = replies;
    this.cmdSn = cmdSn;
    this.key = `${login.initiator} ${login.isid}`;
  }

  /** Goes on as far as it can. */
  step(): State {
    if (this.state === OPENING.WAITS) this.begin();
    return this.state;
  }

  private begin(): void {
    const { hub, login } = this;
    const isNormal = !login.isDiscovery;
    if (isNormal && login.tsih === 0 && !this.isFirst()) return;
    if (login.tsih !== 0) this.refuse(this.statusOfTsih());
    else if (hub.sessions.size + hub.openings.size >= hub.sessionsMax) this.refuse(LOGIN.OUT_OF_RESOURCES);
    else if (isNormal) this.ask();
    else this.open(-1);
  }

  private ask(): void {
    const { hub, login } = this;
    if (hub.identityUser !== undefined) return;
    const id = transportId(login.initiator, login.isid);
    const at = hub.identityAt;
    hub.port.memory.bytes.fill(0, at * SECTOR_BYTES, (at + 1) * SECTOR_BYTES);
    hub.port.memory.bytes.set(id, at * SECTOR_BYTES);
    if (hub.port.openNexus(at, id.length, login.access?.group ?? 0, this) < 0) return;
    hub.identityUser = this;
    hub.openings.set(this.key, this);
    this.state = OPENING.ASKS;
    hub.posted();
  }

  /** Is there no other of this initiator port? It is made to end, else. */
  private isFirst(): boolean {
    const { hub, login } = this;
    const other = hub.openings.get(this.key);
    if (other !== undefined) {
      other.client.destroy();
      return false;
    }
    for (const session of hub.sessions) {
      if (session.login.initiator !== login.initiator || session.login.isid !== login.isid) continue;
      if (session.login.isDiscovery) continue;
      session.client.destroy();
      session.end();
      return session.isOver;
    }
    return true;
  }

  /** A session has one connection: none can be added to one that is, nor take its place at error recovery level 0. */
  private statusOfTsih(): number {
    const { hub, login } = this;
    for (const session of hub.sessions) {
      if (session.tsih !== login.tsih || session.login.initiator !== login.initiator) continue;
      return session.login.cid === login.cid ? LOGIN.NOT_INCLUDED : LOGIN.TOO_MANY_CONNECTIONS;
    }
    return LOGIN.NO_SESSION;
  }

  /** The connection has ended, or the login is refused. */
  giveUp(): void {
    if (this.state === OPENING.WAITS) this.state = OPENING.REFUSED;
  }

  pushed(_: number, slot: number): void {
    this.hub.port.done(slot);
  }

  gave(): void {}

  scsiEnded(): void {}

  nexusAnswered(_: number, nexus: number): void {
    this.hub.identityUser = undefined;
    this.hub.openings.delete(this.key);
    if (nexus < 0) this.refuse(LOGIN.OUT_OF_RESOURCES);
    else this.open(nexus);
    // Nobody is there any more to use it.
    if (this.client.closed) this.session?.end();
    this.hub.hasReplies(this.client);
  }

  private open(nexus: number): void {
    const { hub, client, login, replies } = this;
    this.session = new Session(hub, client, login, replies, hub.nextTsih(), nexus, this.cmdSn);
    hub.sessions.add(this.session);
    this.state = OPENING.DONE;
  }

  private refuse(status: number): void {
    this.status = status;
    this.state = OPENING.REFUSED;
  }
}
