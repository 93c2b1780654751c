; Which commands of whom a reservation keeps away (SPC-6, 5.14.1: tables of allowed commands; SPC-2, 5.5.1 for RESERVE).
role channel

const WRITE_EXCLUSIVE_TYPES = 0xa2  ; 1, 5, 7

; y: the operation's flags, x: its record; both stay. Leaves a status.
sub reserved using scsi
    ld    lba, scsi_command.nexus[command]
    ld    z, unit.reserver[unit]
    br.eq z, #0, persistent
    br.any y, #EXCLUDED, excluded
    sub   z, z, #1
    br.eq z, lba, free
    br.any y, #UNRESERVED, free
    call  harmless
    br.ne z, #0, free
conflict:
    ldi   status, #RESERVATION_CONFLICT
free:
    ret
excluded:                            ; PERSISTENT RESERVE IN and OUT: of everybody, also who reserved it
    cdb   z, command, #0, #1
    and   z, z, #0xfe
    br.eq z, #0x5e, conflict
    ld    z, unit.reserver[unit]
    sub   z, z, #1
    br.ne z, lba, conflict
    ret
persistent:
    br.any y, #UNRESERVED, free
    ld    count, reservation.held[unit]
    shr   z, count, #8
    and   count, count, #15          ; its type
    ld    lba, nexus.initiator[lba]
    br.eq lba, #0, others
    br.ge count, #7, shared          ; who reserved it may have gone
    br.eq z, lba, free
    br.lt count, #5, others          ; 1 and 3: of the holder alone
shared:
    sub   lba, lba, #1
    ld    z, front.units
    mul   lba, lba, z
    add   lba, lba, unit
    ld    z, registrant.flags[lba]
    br.any z, #REGISTERED, free
others:
    call  harmless
    br.ne z, #0, free
    br.none y, #ONLY_READS, conflict
    ldi   z, #1
    shl   z, z, count
    br.none z, #WRITE_EXCLUSIVE_TYPES, conflict
    ret

; z = 1: what reservations keep away depends on the CDB, and this one they do not.
sub harmless using scsi
    ldi   z, #0
    br.none y, #IF_ALLOWS|IF_STARTS, no
    cdb   lba, command, #4, #1
    br.any y, #IF_STARTS, starts
    br.any lba, #3, no
    ldi   z, #1
no:
    ret
starts:                              ; START without a power condition
    and   lba, lba, #0xf1
    br.ne lba, #1, no
    ldi   z, #1
    ret

; The unit's gate is closed while somebody reserves it.
sub guard using claim
    ld    y, unit.gate[unit]
    and   y, y, #-3                  ; not GATE_RESERVED
    ld    x, unit.reserver[unit]
    ld    n, reservation.held[unit]
    or    x, x, n
    br.eq x, #0, open
    or    y, y, #GATE_RESERVED
open:
    st    unit.gate[unit], y
    ret

; RESERVE and RELEASE (SPC-2, 7.21 and 7.16), with what persistent reservations make of them (SPC-6, 5.14.3). What comes
; here is not kept away by another's RESERVE, or is a RELEASE.
sub reserve_unit using claim
    ld    z, unit.registrants[unit]
    br.ne z, #0, persistent
    ld    z, scsi_command.nexus[command]
    add   z, z, #1
    ld    x, unit.reserver[unit]
    br.eq x, #0, take
    br.eq x, z, done
    ldi   status, #RESERVATION_CONFLICT
    ret
take:
    st    unit.reserver[unit], z
    call  guard
done:
    ret
persistent:
    call  spared
    ret

sub release_unit using claim
    ld    z, unit.registrants[unit]
    br.ne z, #0, persistent
    ld    specific, scsi_command.nexus[command]
    call  forsake
    ldi   specific, #0
    ret
persistent:
    call  spared
    ret

; This nexus has not reserved the unit any more.
sub forsake using claim
    use   nexus=r5
    add   y, nexus, #1
    ld    x, unit.reserver[unit]
    br.ne x, y, others
    ldi   x, #0
    st    unit.reserver[unit], x
    call  guard
others:
    ret

; GOOD, and nothing is done, for whom the persistent reservation does not keep away; else a conflict.
sub spared using claim
    call  who
    br.neg mine, conflict
    ld    x, registrant.flags[mine]
    br.none x, #REGISTERED, conflict
    call  holds
    br.ne z, #0, done
    ld    x, reservation.held[unit]
    and   x, x, #15
    br.ge x, #5, done
conflict:
    ldi   status, #RESERVATION_CONFLICT
done:
    ret
