/** What is kept with a host's command (`ScsiHosts.note`), a bit each. */
export const NOTE = {
  /** Since it began there was a moment when reservations let it pass, and one when they kept it away. */
  PASSES: 1,
  CONFLICTS: 2,
  /** A PREEMPT AND ABORT that ended since has fenced it: it may do nothing any more. */
  FENCED: 4,
  /** Another COMPARE AND WRITE has overwritten what this one wants to find. */
  TAKEN: 8,
  /** Somebody may have ended it. */
  ABORTED: 16,
} as const;
