/** The login machine by itself: requests in, answers out. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Offer } from '../../../../adapters/channel/iscsi/keys.js';
import { Login, NEXT } from '../../../../adapters/channel/iscsi/login.js';
import { AT, FLAG, LOGIN, STAGE } from '../../../../adapters/channel/iscsi/pdu.js';
import type { Access, TargetOptions } from '../../../../adapters/channel/iscsi/target.js';
import { readPairs } from '../../../../adapters/channel/iscsi/text.js';

const OFFER: Offer = {
  receiveBytesMax: 262_144,
  burstBytesMax: 1_048_576,
  firstBurstBytesMax: 262_144,
  outstandingR2tMax: 4,
};
const NAME = 'iqn.2026-11.example.host:one';
const TARGET = 'iqn.2026-11.example.arraylab:a';

function target(access: Access | undefined = { group: 0 }, more: Partial<TargetOptions> = {}): TargetOptions {
  return { name: TARGET, portals: ['127.0.0.1:3260'], access: () => access, ...more };
}

interface Said {
  flags: number;
  isid?: string;
  tsih?: number;
  versionMin?: number;
  text: string[] | Buffer;
}

/** A login request as an initiator sends it. */
function request({ flags, isid = '400000000001', tsih = 0, versionMin = 0, text }: Said): [Buffer, Buffer] {
  const header = Buffer.alloc(48);
  header[0] = 0x43;
  header[AT.FLAGS] = flags;
  header[AT.VERSION_MIN] = versionMin;
  header.write(isid, AT.ISID, 'hex');
  header.writeUInt16BE(tsih, AT.TSIH);
  header.writeUInt32BE(7, AT.ITT);
  return [header, Array.isArray(text) ? Buffer.from(text.map((pair) => `${pair}\0`).join('')) : text];
}

const ME = [`InitiatorName=${NAME}`, `TargetName=${TARGET}`, 'SessionType=Normal'];
const toFull = FLAG.TRANSIT | (STAGE.OPERATIONAL << 2) | STAGE.FULL;
const inSecurity = STAGE.SECURITY << 2;
const toOperational = FLAG.TRANSIT | inSecurity | STAGE.OPERATIONAL;

function open(options = target()): Login {
  return new Login(options, OFFER);
}

function answers(login: Login): Record<string, string> {
  return Object.fromEntries(readPairs(Buffer.from(login.text)) ?? []);
}

describe('operational stage', () => {
  test('a refusal says nothing of the keys that were agreed on until then', () => {
    const login = open();
    const text = [...ME, 'HeaderDigest=CRC32C', 'MaxBurstLength=1024', 'FirstBurstLength=65536'];
    expect(login.take(...request({ flags: toFull, text }))).toBe(NEXT.REFUSE);
    expect([login.status, login.text.length]).toEqual([LOGIN.INITIATOR, 0]);
  });

  test('one request is enough to be logged in with all keys of RFC 7143', () => {
    const login = open();
    const keys = [
      'HeaderDigest=None,CRC32C',
      'DataDigest=CRC32C,None',
      'MaxConnections=8',
      'InitialR2T=No',
      'ImmediateData=Yes',
      'MaxRecvDataSegmentLength=65536',
      'MaxBurstLength=16776192',
      'FirstBurstLength=131072',
      'DefaultTime2Wait=2',
      'DefaultTime2Retain=20',
      'MaxOutstandingR2T=16',
      'DataPDUInOrder=No',
      'DataSequenceInOrder=No',
      'ErrorRecoveryLevel=2',
      'TaskReporting=FastAbort,RFC3720',
      'iSCSIProtocolLevel=2',
      'IFMarker=Yes',
      'OFMarker=No',
      'IFMarkInt=1~8',
      'X-org.example.Key=1',
    ];
    expect(login.take(...request({ flags: toFull, text: [...ME, ...keys] }))).toBe(NEXT.OPEN);
    expect(login.flags).toBe(toFull);
    expect(answers(login)).toEqual({
      TargetPortalGroupTag: '1',
      HeaderDigest: 'None',
      DataDigest: 'CRC32C',
      MaxConnections: '1',
      InitialR2T: 'No',
      ImmediateData: 'Yes',
      MaxRecvDataSegmentLength: '262144',
      MaxBurstLength: '1048576',
      FirstBurstLength: '131072',
      DefaultTime2Wait: '2',
      DefaultTime2Retain: '0',
      MaxOutstandingR2T: '4',
      DataPDUInOrder: 'Yes',
      DataSequenceInOrder: 'Yes',
      ErrorRecoveryLevel: '0',
      TaskReporting: 'RFC3720',
      iSCSIProtocolLevel: '1',
      IFMarker: 'Reject',
      OFMarker: 'Reject',
      IFMarkInt: 'Reject',
      'X-org.example.Key': 'NotUnderstood',
    });
    expect(login.terms).toMatchObject({
      headerDigest: false,
      dataDigest: true,
      initialR2t: false,
      immediateData: true,
      sendBytesMax: 65_536,
      burstBytesMax: 1_048_576,
      firstBurstBytesMax: 131_072,
      outstandingR2tMax: 4,
    });
  });

  test.each([
    'MaxBurstLength=511',
    'MaxBurstLength=16777216',
    'InitialR2T=yes',
    'HeaderDigest=MD5',
    'MaxConnections=x',
  ])('%s is rejected, and the default stays', (pair) => {
    const login = open();
    const before = { ...login.terms };
    login.take(...request({ flags: toFull, text: [...ME, pair] }));
    expect(answers(login)[pair.split('=')[0]]).toBe('Reject');
    expect(login.terms).toEqual(before);
  });

  test('the length of the first burst is irrelevant where there is none', () => {
    const login = open();
    const text = [...ME, 'InitialR2T=Yes', 'ImmediateData=No', 'FirstBurstLength=4096'];
    login.take(...request({ flags: toFull, text }));
    expect(answers(login).FirstBurstLength).toBe('Irrelevant');
  });

  test('keys of data transfer are irrelevant in a discovery session', () => {
    const login = open();
    const text = [`InitiatorName=${NAME}`, 'SessionType=Discovery', 'MaxBurstLength=4096', 'DataDigest=None'];
    expect(login.take(...request({ flags: toFull, text }))).toBe(NEXT.OPEN);
    expect(answers(login)).toMatchObject({ MaxBurstLength: 'Irrelevant', DataDigest: 'None' });
  });

  test('a first burst above the burst is an error of the initiator', () => {
    const login = open();
    const text = [...ME, 'MaxBurstLength=4096', 'FirstBurstLength=8192'];
    expect(login.take(...request({ flags: toFull, text }))).toBe(NEXT.REFUSE);
    expect(login.status).toBe(LOGIN.INITIATOR);
  });
});

describe('refusals', () => {
  const cases: [string, number, Said, TargetOptions?][] = [
    ['no initiator name', LOGIN.MISSING, { flags: toFull, text: [`TargetName=${TARGET}`] }],
    ['no target name', LOGIN.MISSING, { flags: toFull, text: [`InitiatorName=${NAME}`] }],
    [
      'another target',
      LOGIN.NOT_FOUND,
      { flags: toFull, text: [`InitiatorName=${NAME}`, 'TargetName=iqn.2026-11.x:b'] },
    ],
    [
      'a session type that is none',
      LOGIN.SESSION_TYPE,
      { flags: toFull, text: [...ME.slice(0, 2), 'SessionType=Odd'] },
    ],
    ['a name that is none', LOGIN.INITIATOR, { flags: toFull, text: ['InitiatorName=me', `TargetName=${TARGET}`] }],
    ['a later version', LOGIN.VERSION, { flags: toFull, versionMin: 1, text: ME }],
    ['the same key twice', LOGIN.INITIATOR, { flags: toFull, text: [...ME, 'InitialR2T=No', 'InitialR2T=No'] }],
    ['text without an end', LOGIN.INITIATOR, { flags: toFull, text: Buffer.from('InitiatorName=x') }],
    ['a stage that is none', LOGIN.INITIATOR, { flags: 2 << 2, text: ME }],
    ['a step back', LOGIN.INITIATOR, { flags: FLAG.TRANSIT | (1 << 2) | 1, text: ME }],
    ['both C and T', LOGIN.INITIATOR, { flags: toFull | FLAG.CONTINUE, text: ME }],
    ['a target key', LOGIN.INITIATOR, { flags: toFull, text: [...ME, 'TargetAlias=x'] }],
    ['security in the operational stage', LOGIN.INITIATOR, { flags: toFull, text: [...ME, 'AuthMethod=None'] }],
    ['Kerberos only', LOGIN.NOT_AUTHENTICATED, { flags: toOperational, text: [...ME, 'AuthMethod=KRB5'] }],
    ['an unknown initiator', LOGIN.FORBIDDEN, { flags: toFull, text: ME }, { ...target(), access: () => undefined }],
  ];
  test.each(cases)('%s', (_, status, said, options = target()) => {
    const login = open(options);
    expect(login.take(...request(said))).toBe(NEXT.REFUSE);
    expect(login.status).toBe(status);
  });

  test('a key that was settled in an earlier request is not opened again', () => {
    const login = open();
    login.take(...request({ flags: STAGE.OPERATIONAL << 2, text: [...ME, 'InitialR2T=No'] }));
    expect(login.take(...request({ flags: toFull, text: ['InitialR2T=Yes'] }))).toBe(NEXT.REFUSE);
  });

  test('a request of another session in between', () => {
    const login = open();
    login.take(...request({ flags: STAGE.OPERATIONAL << 2, text: ME }));
    expect(login.take(...request({ flags: toFull, isid: '400000000002', text: [] }))).toBe(NEXT.REFUSE);
    expect(login.status).toBe(LOGIN.INVALID);
  });

  test('discovery proves itself by what its initiator has, if it would rather', () => {
    const chap = { name: 'host-one', secret: 'secret-of-host' };
    const begin = [`InitiatorName=${NAME}`, 'SessionType=Discovery'];
    for (const [methods, chosen] of [
      ['CHAP,None', 'CHAP'],
      ['None,CHAP', 'None'],
    ]) {
      const login = open(target({ group: 0, chap }));
      login.take(...request({ flags: toOperational, text: [...begin, `AuthMethod=${methods}`] }));
      expect(answers(login).AuthMethod).toBe(chosen);
    }
  });

  test('discovery by those who have access to nothing', () => {
    const login = open({ ...target(), access: () => undefined });
    login.take(...request({ flags: toFull, text: [`InitiatorName=${NAME}`, 'SessionType=Discovery'] }));
    expect(login.status).toBe(LOGIN.FORBIDDEN);
  });
});

describe('texts of several PDUs', () => {
  test('a text is taken together however it is cut', () => {
    const whole = request({ flags: toFull, text: [...ME, 'MaxBurstLength=8192'] })[1];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: whole.length }), { maxLength: 5 }), (cuts) => {
        const login = open();
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        for (let i = 1; i < at.length; i++) {
          const last = i === at.length - 1;
          const flags = last ? toFull : (STAGE.OPERATIONAL << 2) | FLAG.CONTINUE;
          const next = login.take(...request({ flags, text: whole.subarray(at[i - 1], at[i]) }));
          expect(next).toBe(last ? NEXT.OPEN : NEXT.ANSWER);
        }
        expect(answers(login).MaxBurstLength).toBe('8192');
      }),
      { numRuns: 100 },
    );
  });

  test('a long answer goes out in parts, and the stage is left with the last', () => {
    const login = open();
    const many = Array.from({ length: 250 }, (_, i) => `X-org.example.Quite.A.Long.Name.Number.${i}=v`);
    expect(login.take(...request({ flags: toFull, text: [...ME, ...many] }))).toBe(NEXT.ANSWER);
    expect(login.flags).toBe((STAGE.OPERATIONAL << 2) | FLAG.CONTINUE);
    const parts = [login.text];
    let next: number = NEXT.ANSWER;
    while (next === NEXT.ANSWER) {
      next = login.take(...request({ flags: toFull, text: [] }));
      expect(login.text.length).toBeLessThanOrEqual(8192);
      parts.push(login.text);
    }
    expect(next).toBe(NEXT.OPEN);
    expect(readPairs(Buffer.concat(parts))?.filter(([, v]) => v === 'NotUnderstood')).toHaveLength(250);
  });

  test('a text that never ends is refused', () => {
    const login = open();
    const part = request({ flags: (STAGE.OPERATIONAL << 2) | FLAG.CONTINUE, text: Buffer.alloc(8192, 0x41) });
    let next: number = NEXT.ANSWER;
    for (let i = 0; i < 3 && next === NEXT.ANSWER; i++) next = login.take(...part);
    expect(next).toBe(NEXT.REFUSE);
    expect(login.status).toBe(LOGIN.OUT_OF_RESOURCES);
  });

  test('an initiator that never comes to an end is refused', () => {
    const login = open();
    login.take(...request({ flags: STAGE.OPERATIONAL << 2, text: ME }));
    let next: number = NEXT.ANSWER;
    for (let i = 0; i < 100 && next === NEXT.ANSWER; i++) {
      next = login.take(...request({ flags: STAGE.OPERATIONAL << 2, text: [] }));
    }
    expect(next).toBe(NEXT.REFUSE);
  });
});

test('whatever comes, there is an answer or a refusal', () => {
  const key = fc.constantFrom(
    'InitiatorName',
    'TargetName',
    'SessionType',
    'AuthMethod',
    'CHAP_A',
    'MaxBurstLength',
    'Q',
  );
  const pair = fc.tuple(key, fc.string({ maxLength: 12 })).map(([k, v]) => `${k}=${v}`);
  const said = fc.record({
    flags: fc.nat({ max: 255 }),
    text: fc.oneof(
      fc.array(pair, { maxLength: 6 }),
      fc.array(pair, { maxLength: 3 }).map((more) => [...ME, ...more]),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    ),
  });
  const chap = { name: 'user', secret: 'a secret of 16 b' };
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 6 }), fc.boolean(), (requests, proves) => {
      const login = open(target({ group: 0, chap: proves ? chap : undefined }));
      for (const one of requests) {
        const next = login.take(...request(one));
        if (next === NEXT.REFUSE) {
          expect(login.status >> 8).toBeGreaterThanOrEqual(2);
          return;
        }
        if (next === NEXT.OPEN) {
          expect(proves).toBe(false);
          return;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

describe('CHAP', () => {
  const chap = { name: 'host-one', secret: 'secret-of-host' };
  const mutual = { name: 'array', secret: 'secret-of-array' };
  const flagsOn = inSecurity;

  function respond(algorithm: string, id: number, secret: string, challenge: string): string {
    const hash = createHash(algorithm).update(Buffer.of(id)).update(secret);
    return `0x${hash.update(Buffer.from(challenge.slice(2), 'hex')).digest('hex')}`;
  }

  function challenge(access: Access, algorithms = '5'): { login: Login; said: Record<string, string> } {
    const login = open(target(access));
    login.take(...request({ flags: toOperational, text: [...ME, 'AuthMethod=CHAP,None'] }));
    expect(login.flags).toBe(inSecurity);
    expect(answers(login).AuthMethod).toBe('CHAP');
    login.take(...request({ flags: flagsOn, text: [`CHAP_A=${algorithms}`] }));
    return { login, said: answers(login) };
  }

  test.each([
    ['5', 'md5'],
    ['7', 'sha256'],
    ['8', 'sha3-256'],
    ['6,99,8,5', 'sha3-256'],
  ])('algorithms %s: the secret is proved with %s', (algorithms, name) => {
    const { login, said } = challenge({ group: 0, chap }, algorithms);
    const proof = respond(name, Number(said.CHAP_I), chap.secret, said.CHAP_C);
    login.take(...request({ flags: toOperational, text: [`CHAP_N=${chap.name}`, `CHAP_R=${proof}`] }));
    expect(login.flags).toBe(toOperational);
    expect(login.take(...request({ flags: toFull, text: [] }))).toBe(NEXT.OPEN);
  });

  test('the target proves itself where it is asked to', () => {
    const { login, said } = challenge({ group: 0, chap: { ...chap, mutual } });
    const proof = respond('md5', Number(said.CHAP_I), chap.secret, said.CHAP_C);
    const mine = `0x${'5a'.repeat(16)}`;
    const text = [`CHAP_N=${chap.name}`, `CHAP_R=${proof}`, 'CHAP_I=200', `CHAP_C=${mine}`];
    login.take(...request({ flags: toOperational, text }));
    expect(login.flags).toBe(toOperational);
    expect(answers(login)).toEqual({ CHAP_N: 'array', CHAP_R: respond('md5', 200, mutual.secret, mine) });
  });

  const bad: [string, (proof: string, challenge: string) => string[]][] = [
    [
      'a wrong response',
      (proof) => [`CHAP_N=${chap.name}`, `CHAP_R=${proof.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}`],
    ],
    ['a wrong name', (proof) => ['CHAP_N=other', `CHAP_R=${proof}`]],
    ['no response', () => [`CHAP_N=${chap.name}`]],
    ['its own challenge back', (proof, own) => [`CHAP_N=${chap.name}`, `CHAP_R=${proof}`, 'CHAP_I=1', `CHAP_C=${own}`]],
    ['a challenge without identifier', (proof) => [`CHAP_N=${chap.name}`, `CHAP_R=${proof}`, 'CHAP_C=0x11']],
  ];
  test.each(bad)('%s is refused', (_, make) => {
    const { login, said } = challenge({ group: 0, chap: { ...chap, mutual } });
    const proof = respond('md5', Number(said.CHAP_I), chap.secret, said.CHAP_C);
    const text = make(proof, said.CHAP_C);
    expect(login.take(...request({ flags: toOperational, text }))).toBe(NEXT.REFUSE);
    expect(login.status).toBe(LOGIN.NOT_AUTHENTICATED);
    expect(login.text).toHaveLength(0);
  });

  test('who asks a target to prove itself that cannot is refused', () => {
    const { login, said } = challenge({ group: 0, chap });
    const proof = respond('md5', Number(said.CHAP_I), chap.secret, said.CHAP_C);
    const text = [`CHAP_N=${chap.name}`, `CHAP_R=${proof}`, 'CHAP_I=1', 'CHAP_C=0x0123'];
    expect(login.take(...request({ flags: toOperational, text }))).toBe(NEXT.REFUSE);
  });

  test.each(['56', '', '6', 'x'])('algorithms "%s": none that is known', (algorithms) => {
    const login = open(target({ group: 0, chap }));
    login.take(...request({ flags: toOperational, text: [...ME, 'AuthMethod=CHAP'] }));
    expect(login.take(...request({ flags: flagsOn, text: [`CHAP_A=${algorithms}`] }))).toBe(NEXT.REFUSE);
    expect(login.status).toBe(LOGIN.NOT_AUTHENTICATED);
  });

  test.each([
    ['the operational stage at once', toFull, []],
    ['no method but None', toOperational, ['AuthMethod=None']],
    ['no method at all', toOperational, []],
    ['full feature phase at once', FLAG.TRANSIT | inSecurity | STAGE.FULL, []],
  ])('no way around it: %s', (_, flags, more: string[]) => {
    const login = open(target({ group: 0, chap }));
    expect(login.take(...request({ flags, text: [...ME, ...more] }))).toBe(NEXT.REFUSE);
    expect(login.status).toBe(LOGIN.NOT_AUTHENTICATED);
  });

  test('no way around it: the stage is not left in the middle', () => {
    const { login } = challenge({ group: 0, chap });
    login.take(...request({ flags: toOperational, text: [] }));
    expect(login.flags).toBe(inSecurity);
    expect(login.take(...request({ flags: toFull, text: [] }))).toBe(NEXT.REFUSE);
  });
});
