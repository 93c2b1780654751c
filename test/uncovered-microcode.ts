/** Microcode that CI's regressions do not cover, looked at one by one: .ci/run prints the reasons, and fails when one is stale. */
import type { Uncovered, UncoveredGroup } from '../tools/coverage/reviewed.js';

/** One reason for each group of names, which are below microcode/. */
const GROUPS: readonly UncoveredGroup[] = [
  {
    is: 'impossible',
    why: 'a volume of a journal group has a pair, and a volume without a pair is in no journal group: a rig makes groups of pairs',
    keys: [
      'apply/hold.uc | sub due | br.neg y, next | never taken',
      'apply/hold.uc | sub copied | br.neg journal, none | never taken',
      'apply/image.uc | on IMAGE | br.neg pair, refuse | never taken',
      'apply/image.uc | on IMAGE | br.neg z, free | always taken',
      'apply/image.uc | on IMAGE | br refuse | never run',
      'apply/image.uc | sub still | br.neg z, no | never taken',
      'ship/journal.uc | sub serves_reads | br.neg y, no | never taken',
      'ship/standby.uc | hook adopt of ship/standby | br.neg y, next | never taken',
    ],
  },
  {
    is: 'impossible',
    why: 'it is posted for a slot that took a write of the other side, whose volume has a pair: the cache was told of it with STORED_ALL',
    keys: ['base/data/destaged.uc | on CLEANED | br.neg pair, local | never taken'],
  },
  {
    is: 'impossible',
    why: 'every recipe of the package has a module at this hook: only one of a user could be without',
    keys: [
      'base/data/peer.uc | on APPLY | call.hook receive, pair | never without a module',
      'base/data/peer.uc | on ASK | call.hook answer, pair | never without a module',
      'base/data/peer.uc | on PEER_DOWN | call.hook sever, pair | never without a module',
      'base/data/peer.uc | on OFFER | call.hook offer, pair | never without a module',
      'ship/group.uc | on FULL | call.hook overflow, pair | never without a module',
    ],
  },
  {
    is: 'unmet',
    why: 'while an image of a group is made, nothing goes wrong with what is read: no parity error, no sector that a drive cannot read, here or in the journal volume',
    keys: [
      'apply/image-copy.uc | sub copy_all | br.any x, #M1_INV, no | never taken',
      'apply/image-copy.uc | sub copy_all | br.eq result, #STALE, look | never taken',
      'apply/image-copy.uc | sub copy_all | br.eq result, #LOOK, invalid | never taken',
      'apply/image-copy.uc | sub copy_all | br.ne result, #OK, no | never taken',
      'apply/image-copy.uc | sub copy_all | br.ne result, #OK, no | never taken | 2',
      'apply/image-copy.uc | sub put_entries | br.eq result, #OK, put | always taken',
      'apply/image-copy.uc | sub put_entries | br no | never run',
      'apply/image-copy.uc | sub put | br.eq result, #STALE, again | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'an image is made of volumes of fewer than 16 tracks, and of tracks that can be read',
    keys: [
      'apply/image-copy.uc | sub copy_all | br.ne x, #0, each | always taken',
      'apply/image-copy.uc | sub copy_all | yield | never run',
    ],
  },
  {
    is: 'unmet',
    why: 'nobody asks for an image, or releases a volume, before the array has booted or after its cache director died; the service processor of a served array waits for BOOT',
    keys: [
      'apply/image.uc | on IMAGE | br.any z, #LOST_CACHE, refuse | never taken',
      'apply/image.uc | on IMAGE | br.eq z, #0, refuse | never taken',
      'apply/image.uc | on RELEASE | br.eq z, #0, answer | never taken',
      'apply/image.uc | sub still | br.any z, #LOST_CACHE, no | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'images that end too early end while tracks are copied or entries put, not at the other places at which they look whether they may go on',
    keys: [
      'apply/image.uc | on IMAGE | br.eq x, #0, over | never taken',
      'apply/image.uc | on IMAGE | br.eq x, #0, give | never taken',
      'apply/image.uc | sub still | br.ne y, #0, no | never taken',
      'apply/image.uc | sub still | br.ne place_low, #TARGET, no | never taken',
      'apply/image.uc | sub let_go | br.ne x, #0, done | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'one volume of a group is deleted while the target holds the entries of the others back, or drops its journal',
    keys: [
      'apply/hold.uc | sub due | br.eq x, #SMPL, next | never taken',
      'apply/hold.uc | sub presses | br.eq y, #SMPL, next | never taken',
      'ship/group.uc | on DROP | br.ne x, #SOURCE, other | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'the information of entries comes without a count of those that it ends; a source of the package always tells it',
    keys: ['apply/journal.uc | hook receive of apply/journal | br.eq x, #0, here | never taken'],
  },
  {
    is: 'unmet',
    why: 'entries come while the journal is still dropped, in which the side was the source before',
    keys: ['apply/journal.uc | sub restorers | br.ne x, #0, enough | never taken'],
  },
  {
    is: 'unmet',
    why: 'the disk director dies between a failed sync and the try after it',
    keys: ['base/cache/release.uc | sub retry | br.ne x, #0, no | never taken'],
  },
  {
    is: 'unmet',
    why: 'a group that was given away without force cannot be taken over in the end: a journal volume or the cache would have to fail in that moment',
    keys: [
      'base/data/command.uc | on SWAP | br.ne result, #OK, answer | never taken',
      'base/data/operator.uc | on FAILOVER | br.ne result, #OK, answer | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'a track moves to a newer slot in the middle of its destage, in a change of format, and the old slot is another volume’s by then',
    keys: ['base/data/format.uc | sub shaped | br.ne y, volume, no | never taken'],
  },
  {
    is: 'unmet',
    why: 'power goes between two volumes of a group in the middle of a takeover: storms over groups meet it once in thousands',
    keys: [
      'recover/journal.uc | sub together | br.eq other, own, next | always taken',
      'recover/journal.uc | sub together | br.eq own, #SOURCE, source | never run',
    ],
  },
  {
    is: 'unmet',
    why: 'between a question on formats and its answer the session ends and begins anew, or an operator speaks',
    keys: [
      'ship/format.uc | sub formats | br.ne x, epoch, over | never taken',
      'ship/format.uc | sub formats | br.ne x, change, again | never taken',
      'ship/format.uc | sub changed_there | br.ne x, a, done | never taken',
      'ship/format.uc | sub changed_there | br.eq x, #0, done | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'what the other side tells of a change that this side was not told of is always 4096; and it tells no format that there is not',
    keys: [
      'ship/format.uc | sub formats | br.eq track, #0, adopt | never taken',
      'ship/format.uc | sub formats | br.ne track, #7, over | never taken',
      'ship/format.uc | sub formats | br.any x, #7, over | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'two operators give the two sides of a pair different formats as often while the link is cut',
    keys: ['ship/format.uc | sub format_asked | br.eq x, b, same | always taken'],
  },
  {
    is: 'unmet',
    why: 'a pair is deleted, or the director of the link dies, between the change of a track and the word of it to the other side',
    keys: [
      'ship/format.uc | sub tell | br.any x, #LOST_REMOTE, done | never taken',
      'ship/format.uc | sub tell | br.eq x, #SMPL, done | never taken',
    ],
  },
  {
    is: 'unmet',
    why: 'an operator suspended the further pair of a volume that its target meanwhile has another source for',
    keys: ['ship/session.uc | hook answer of ship/session | br.eq x, #PSUS, done | never taken'],
  },
];

export const UNCOVERED: readonly Uncovered[] = GROUPS.flatMap(({ keys, ...reason }) =>
  keys.map((key) => ({ key, ...reason })),
);
