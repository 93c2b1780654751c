/**
 * DiskSim's ASCII traces: a request a line, `time device block blocks flags`; the time in ms, blocks of 512 bytes, flags
 * hexadecimal, of which bit 0 says that it is a read (`iotrace_ascii_get_ioreq_event` in DiskSim's disksim_iotrace.c). Devices are the
 * numbers that it names, in their order. Empty lines, and those that begin with "#", say nothing.
 */
import { COMMAND_OP } from '../../memory/constants.js';
import { shown, wrongLine } from './lines.js';
import type { Requests } from './requests.js';

const LINE = /^\s*(\d+(?:\.\d*)?|\.\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(?:0x)?([0-9a-fA-F]+)\s*$/;
const READ = 1;
const DEVICES_MAX = 65_535;
const BLOCKS_MAX = 0x7fff_ffff;

/** Errors: TraceError of the line. */
export function disksimReader(file: string, requests: Requests): (text: string, line: number) => void {
  const devices = new Map<number, number>();
  return (text, line) => {
    if (text.trim() === '' || text.startsWith('#')) return;
    const fields = LINE.exec(text);
    if (!fields)
      throw wrongLine(
        file,
        line,
        `${shown(text)}: "time_ms device block blocks flags" is wanted, such as "12.5 0 4096 8 1"`,
      );
    const [, time, number, block, blocks, flags] = fields as unknown as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    // Fractions of a nanosecond are not kept; ms with that many digits are exact up to 2^53 ns.
    const time_ns = Math.round(Number(time) * 1e6);
    if (time_ns < requests.last_ns)
      throw wrongLine(
        file,
        line,
        `time ${time} ms is before that of the request before; DiskSim's traces are in order`,
      );
    const sectors = Number(blocks);
    if (sectors < 1 || sectors > BLOCKS_MAX)
      throw wrongLine(file, line, `${blocks} blocks; 1 to ${BLOCKS_MAX} are wanted`);
    let device = devices.get(Number(number));
    if (device === undefined) {
      device = devices.size;
      if (device === DEVICES_MAX) throw wrongLine(file, line, `more than ${DEVICES_MAX} devices`);
      devices.set(Number(number), device);
      requests.devices.push(`device ${Number(number)}`);
    }
    const op = Number.parseInt(flags, 16) & READ ? COMMAND_OP.OP_READ : COMMAND_OP.OP_WRITE;
    requests.add(time_ns, device, op, Number(block), sectors, line);
  };
}
