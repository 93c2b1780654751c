/** What can go wrong while an expression runs, kept in numbers and told when somebody asks. */
import type { TableName } from '../../../../memory/tables.js';
import { listed, type Rig } from '../machines.js';

export type Wrong = 'task' | 'name' | 'record' | 'array' | 'division' | 'shift' | 'large';

export interface Failure {
  wrong: Wrong | undefined;
  /** What it was about, as the expression has it. */
  name: string;
  value: number;
  array: number;
  role: number;
}

export const noFailure = (): Failure => ({ wrong: undefined, name: '', value: 0, array: 0, role: 0 });

/** One sentence; undefined: nothing went wrong. */
export function failureText(rig: Rig, { wrong, name, value, array, role }: Failure): string | undefined {
  const arrayName = rig.arrays[array]?.name;
  switch (wrong) {
    case undefined:
      return undefined;
    case 'task':
      return `${name} is of a task, and none is named`;
    case 'name': {
      const { file, line, scope } = rig.place(array, role, value);
      const there = listed(rig.namesAt(array, role, value).map((one) => one.name));
      return `no register is called ${name} at ${file}:${line} (${scope}); there are ${there}, and r0 to r15`;
    }
    case 'record': {
      const records = rig.tables(array).memory.layout.records[name as TableName];
      const has = records === 0 ? 'none' : `0 to ${records - 1}`;
      return `array ${arrayName} has no record ${value} of ${name}; it has ${has}`;
    }
    case 'array':
      return value < 0 ? `array ${arrayName} has no ${name}` : `there is no ${name}:${value} in array ${arrayName}`;
    case 'division':
      return 'it divides by 0';
    case 'shift':
      return `it shifts by ${value}; 0 to 53 are possible`;
    case 'large':
      return 'a number in it is more than 53 bits';
  }
}
