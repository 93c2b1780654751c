; The way of a SCSI command, from its CDB to its status: which unit is meant, what is to be looked at before, the microcode
; of its operation, and the end. The port has all of its data-out in a transfer buffer.
role channel

const GATES = 0x5f                   ; all but GATE_ORDER, which `enter` looks at

; `lba` and `count` are in sectors once `range` has read them. `stable`: the status must wait until what is acknowledged
; survives the machine's own power loss.
frame scsi: command=r0 unit=r1 path=r2 status=r3 sense=r4 specific=r5 info=r6 info_high=r7 wanted=r8 stable=r9 x=r10 y=r11 lba=r12 lba_high=r13 count=r14 z=r15

on SCSI using scsi
    zero  unit status sense specific info info_high wanted stable
    ld    x, scsi_command.aborted[command]
    br.ne x, #0, done                ; before it began
    call  begin
    br.ne status, #GOOD, done
    shr   x, z, #4                   ; its family
    and   z, z, #15
    case  x, #10
    br    basic
    br    medium
    br    special
    br    format
    br    reserve
    br    persist
    br    modes
    br    device
    br    report
    br    copy
    assert status, #0x5c51           ; `operation` names a family that is not here
basic:
    call  basic
    br    done
medium:
    call  medium
    br    done
special:
    call  special
    br    done
format:
    call  format
    br    done
reserve:
    call  reserve
    br    done
persist:
    call  persist
    br    done
modes:
    call  modes
    br    done
device:
    call  device
    br    done
report:
    call  report
    br    done
copy:
    call  copy
done:
    call  finish
    end

; Leaves the handler's number in z, or a status.
sub begin using scsi
    call  address
    cdb   x, command, #0, #1
    ld    y, operation.actions[x]
    br.eq y, #0, named
    cdb   z, command, #1, #1
    and   z, z, #31
    add   x, y, z
named:
    ld    y, operation.flags[x]
    br.neg unit, nowhere
    br.any y, #OUT_OF_ORDER, entered
    call  enter
    br.ne status, #GOOD, refused
entered:                             ; what is in the way is looked at when its turn has come (SPC-6, 5.14.1)
    ld    z, unit.gate[unit]
    br.none z, #GATES, open
    call  gate
    br.ne status, #GOOD, refused
open:
    ld    z, operation.handler[x]
    br.eq z, #0, unknown
    unasked count, command, x
    br.neg count, asked
    mov   z, count
    call  odd_bit
asked:
refused:
    ret
nowhere:
    br.any y, #ANY_LUN, open
    ldi   sense, #NO_LUN
    ldi   status, #CHECK_CONDITION
    ret
unknown:
    cdb   x, command, #0, #1
    ld    x, operation.actions[x]
    br.eq x, #0, none
    ldi   z, #12                     ; byte 1, bit 4: the service action
    call  odd_bit
    ret
none:
    ldi   sense, #INVALID_OPERATION
    ldi   status, #CHECK_CONDITION
    ret

; The unit that the LUN field names for this initiator, -1: none. Peripheral and flat addressing of one level (SAM-6, 4.7).
sub address using scsi
    ldi   unit, #-1
    ld    y, scsi_command.lun[command]
    br.ne y, #0, none
    ld    x, scsi_command.lun_high[command]
    and   y, x, #0xffff
    br.ne y, #0, none
    shr   x, x, #16
    br.lt x, #LUNS_MAX, known
    shr   y, x, #14
    br.ne y, #1, none
    and   x, x, #0x3fff              ; flat
    br.ge x, #LUNS_MAX, none
known:
    ld    path, scsi_command.nexus[command]
    ld    y, nexus.group[path]
    shl   y, y, #6                   ; LUNS_MAX
    add   y, y, x
    ld    unit, mask.unit[y]
    sub   unit, unit, #1
    br.neg unit, none
    ld    y, front.units
    mul   path, path, y
    add   path, path, unit
    add   y, unit, #1
    st    scsi_command.unit[command], y
none:
    ret

; What the unit's gate has must be looked at. x: record of the operation; y: its flags; z: the gate. Of several reasons a
; power on or reset comes first, then reservations (SAM-6, 5.3.3).
sub gate using scsi
    br.none z, #GATE_RESERVED, mine
    call  reserved
    ld    z, unit.gate[unit]
mine:
    br.none z, #GATE_ATTENTION, attended
    br.any y, #BESIDE_ATTENTION, attended
    br.eq status, #GOOD, any
    call  first_attention
    shr   lba, lba, #8
    and   lba, lba, #0xff
    br.ne lba, #0x29, passed
any:
    call  attention
    br.ne sense, #0, check
attended:
    br.ne status, #GOOD, passed
    br.none z, #GATE_LOST, alive
    ldi   sense, #NOT_READY_CAUSE
    br.any y, #NEEDS_MEDIUM, check
    ldi   sense, #0
alive:
    br.none z, #GATE_STOPPED, turning
    br.none y, #NEEDS_MEDIUM, turning
    ldi   sense, #NO_MEDIUM
    ld    z, unit.stopped[unit]
    br.eq z, #EJECTED, check
    ldi   sense, #STOPPED
    br    check
turning:
    br.none z, #GATE_WORKING, idle
    br.any y, #BESIDE_WORK, idle
    call  working
    br.ne status, #GOOD, passed
idle:
    br.none z, #GATE_PROTECTED, passed
    br.none y, #WRITES_MEDIUM, passed
    ldi   sense, #WRITE_PROTECTED_SOFTWARE
    ld    z, unit.type[unit]
    br.none z, #READ_ONLY, check
    ldi   sense, #WRITE_PROTECTED_HARDWARE
check:
    ldi   status, #CHECK_CONDITION
passed:
    ret

; A bit of the CDB that this operation has no use for (SPC-6, 4.4.2.4.2: field pointer). z: which, byte << 3 | bit.
sub odd_bit using scsi
    ldi   sense, #INVALID_FIELD_CDB|WITH_SPECIFIC
    ldi   status, #CHECK_CONDITION
    and   specific, z, #7
    or    specific, specific, #0xc8  ; SKSV, C/D: in the CDB, BPV
    shl   specific, specific, #16
    shr   z, z, #3
    or    specific, specific, z
    ret

; A work buffer in z; somebody gives it back.
sub take_work using scsi
again:
    ld    z, scsi.work_free
    br.ne z, #0, free
    park  scsi.work_waiting
    br    again
free:
    sub   z, z, #1
    ld    x, work.next[z]
    st    scsi.work_free, x
    shl   x, z, #16                  ; WORK_SECTORS of 512 bytes
    ld    y, scsi.works_at
    add   x, x, y                    ; x: its first byte
    ret

sub give_work using scsi
    ld    x, scsi.work_free
    st    work.next[z], x
    add   z, z, #1
    st    scsi.work_free, z
    wake  scsi.work_waiting
    ret

; Parameter data: y bytes of work buffer z, of which the CDB allows `count`.
sub answer using scsi
    min   wanted, y, count
    ld    x, scsi_command.in_bytes[command]
    min   x, x, wanted
    br.eq x, #0, nothing
    post  PARAMETERS (command, z, x)
    ret
nothing:
    call  give_work
    ret

on COPIED using scsi
    use   work=r0
    mov   z, work
    call  give_work
    end
