/** How expressions are written; for help. Every example is one that an array A with a paired volume data0 takes. */
export const EXPRESSION_HELP: readonly { readonly example: string; readonly means: string }[] = [
  {
    example: 'gen',
    means: 'a register by the name that the source has for it where the task stands; a pair is 64 bits',
  },
  { example: 'r5', means: 'a register by its number' },
  { example: 'u64(r10)', means: 'two registers as a number of 64 bits' },
  { example: 'track.flags[t]', means: "a field of a record, of the task's array" },
  { example: 'A:pair.state[data0]', means: 'a field of a record that has a name, of this array' },
  { example: 'A:track.gen[data0:17]', means: 'of track 17 of a volume; so also lock and cylinder' },
  { example: 'A:task.state[data:3]', means: 'of task 3 of a role' },
  { example: 'A:slot.dirty+1[2]', means: 'the second word of a field that has several' },
  { example: 'A:pair[data0]', means: 'a record with all of its fields; stands alone' },
  { example: 'M2 A:data0:17', means: "flags of a track: M2, all of the other side's copy; M1, of this side's" },
  { example: 'M1_WP|M2_INV A:data0:17', means: 'some flags of a track' },
  { example: '#PSUE', means: 'a constant of the machine or the number of a message, with # or without' },
  { example: 'ring(A, data, cache)', means: 'messages that wait in a ring' },
  { example: 'backlog(A, data, host)', means: 'requests that wait for a task of a class' },
  { example: 'time_us', means: 'the time; also time_ns, operations, step, and of a break hits' },
  {
    example: '!(hits < 3) && A:pair.epoch[data0] >> 1 == 0x10',
    means: 'operators as in C, with their precedence: || && | ^ & == != < <= > >= << >> + - * / % ! ~ ( )',
  },
];
