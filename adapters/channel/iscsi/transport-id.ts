/** TransportID of an iSCSI initiator port (SPC-5, 7.6.4.6): how persistent reservations know it. */
import { padOf } from './pdu.js';

/** Protocol identifier 5 (iSCSI), format 01b: name, then ",i,0x" and the ISID. */
const NAME_AND_ISID = 0x45;
const HEADER_BYTES = 4;
const REST_BYTES_MIN = 20;

/** @param isid twelve hexadecimal digits */
export function transportId(initiator: string, isid: string): Buffer {
  const text = Buffer.from(`${initiator},i,0x${isid}\0`);
  const rest = Math.max(text.length + padOf(text.length), REST_BYTES_MIN);
  const bytes = Buffer.alloc(HEADER_BYTES + rest);
  bytes[0] = NAME_AND_ISID;
  bytes.writeUInt16BE(rest, 2);
  text.copy(bytes, HEADER_BYTES);
  return bytes;
}
