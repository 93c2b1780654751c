/** A session of the test's own initiator with an array that `serve` serves: SCSI commands over a real socket. */
import { Initiator } from '../adapters/channel/iscsi/initiator.js';

const PDU = { RESPONSE: 0x21, DATA_IN: 0x25 } as const;
const FINAL = 0x80;
const READS = 0x40;
const WRITES = 0x20;
const SIMPLE = 1;
const HAS_STATUS = 1;

export interface Ended {
  readonly status: number;
  /** "KEY/ASC/ASCQ" in hex digits; empty with any other status than CHECK CONDITION. */
  readonly sense: string;
  readonly data: Buffer;
}

export class IscsiSession {
  readonly #initiator: Initiator;

  private constructor(initiator: Initiator) {
    this.#initiator = initiator;
  }

  /** @param isid of the initiator port, twelve hexadecimal digits */
  static async login(port: number, isid: string): Promise<IscsiSession> {
    const initiator = await Initiator.open(port);
    initiator.isid = isid;
    await initiator.login();
    return new IscsiSession(initiator);
  }

  /** A CDB from hex digits, with up to 8 KiB of data-out, or for `inBytes` of data-in, to LUN 0. */
  async command(text: string, { out, inBytes = 0 }: { out?: Buffer; inBytes?: number } = {}): Promise<Ended> {
    const initiator = this.#initiator;
    const cdb = Buffer.alloc(16);
    Buffer.from(text.replaceAll(' ', ''), 'hex').copy(cdb);
    const way = out ? WRITES : inBytes > 0 ? READS : 0;
    initiator.command([...cdb], out?.length ?? inBytes, FINAL | way | SIMPLE, out && { data: out });
    const parts: Buffer[] = [];
    for (;;) {
      const pdu = await initiator.receive();
      if (pdu === undefined) throw new Error(`${text}: the target has closed the connection`);
      const { opcode, header, data } = pdu;
      if (opcode === PDU.DATA_IN) parts.push(data);
      const ends = opcode === PDU.RESPONSE || (opcode === PDU.DATA_IN && ((header[1] as number) & HAS_STATUS) !== 0);
      if (!ends && opcode !== PDU.DATA_IN) throw new Error(`${text}: PDU 0x${opcode.toString(16)} came`);
      if (ends)
        return ended(header[3] as number, opcode === PDU.RESPONSE ? data : Buffer.alloc(0), Buffer.concat(parts));
    }
  }

  close(): Promise<void> {
    return this.#initiator.close();
  }
}

const hex = (n: number, digits: number): string => n.toString(16).padStart(digits, '0');

/** Sense in fixed format, behind its length. */
function ended(status: number, sense: Buffer, data: Buffer): Ended {
  if (status !== 2) return { status, sense: '', data };
  const [key, code, qualifier] = [sense.readUInt8(4) & 15, sense.readUInt8(14), sense.readUInt8(15)];
  return { status, sense: `${hex(key, 1)}/${hex(code, 2)}/${hex(qualifier, 2)}`, data };
}
