; LOG SENSE and LOG SELECT (SPC-4, 6.5, 6.6, 7.3). Log pages are data of the profile; of the two with counters microcode fills
; in what they are now. Nothing is saved, and there are no thresholds: those are 0, and stay so.
role channel

const WRITES_PAGE = 0x0200           ; write and read error counters
const READS_PAGE = 0x0300
const BYTES_PARAMETER = 5            ; total bytes processed, total uncorrected errors
const ERRORS_PARAMETER = 6
const COUNTER_CONTROL = 0x20         ; TSD; it counts on, is compared with nothing, and is binary
const CUMULATIVE = 1                 ; PC: values now; at power on
const DEFAULT_CUMULATIVE = 3

sub log_sense using scsi
    cdb   count, command, #7, #2
    cdb   lba_high, command, #2, #2
    and   lba_high, lba_high, #0x3fff
    ldi   lba, #LOG
    call  page
    br.neg z, absent
    call  counters
    cdb   lba, command, #5, #2       ; PARAMETER POINTER
    br.eq lba, #0, whole
    call  from_parameter
    br.eq y, #0, pointer
whole:
    call  answer
    ret
pointer:
    call  give_work
    ldi   z, #47                     ; byte 5, bit 7
    call  odd_bit
    ret
absent:
    ldi   z, #21                     ; byte 2, bit 5
    call  odd_bit
    ret

; Into the page of counters at x. Sectors that hosts moved are the port's count, of which the unit knows where it began.
sub counters using scsi
    cdb   info, command, #2, #1
    shr   info, info, #6
    br.ne info, #CUMULATIVE, none
    br.eq lba_high, #WRITES_PAGE, writes
    br.ne lba_high, #READS_PAGE, none
    ld    info, meter.read_sectors[unit]
    ld    lba, unit.read_from[unit]
    ld    specific, unit.read_errors[unit]
    sub   lba, info, lba
    ld64  info, unit.read_bytes[unit]
    br    add
writes:
    ld    info, meter.written_sectors[unit]
    ld    lba, unit.write_from[unit]
    ld    specific, unit.write_errors[unit]
    sub   lba, info, lba
    ld64  info, unit.write_bytes[unit]
add:
    put   x, #20, specific, #4
    ldi   lba_high, #0
    ldi   specific, #9
    shl64 lba, lba, specific
    add64 info, info, lba
    add   info_high, info_high, lba_high
    put64 x, #8, info
    ldi   specific, #0
none:
    ldi   info, #0
    ldi   info_high, #0
    ret

; Of the page at x, of y bytes, parameters from number `lba` on are left; y = 0: it has none such.
sub from_parameter using scsi
    get   specific, x, #0, #2
    and   specific, specific, #0x3fff
    add   info_high, x, y
    mov   info, info_high
    br.lt specific, #256, at         ; lists of pages have no parameters
    add   info, x, #4
at:
    br.ge info, info_high, absent
    get   specific, info, #0, #2
    br.ge specific, lba, this
    get   specific, info, #3, #1
    add   info, info, specific
    add   info, info, #4
    br    at
this:
    sub   info_high, info_high, info
    add   lba, x, #4
    move  lba, info, info_high
    put   x, #2, info_high, #2
    add   y, info_high, #4
    br    done
absent:
    ldi   y, #0
done:
    ldi   specific, #0
    ldi   info, #0
    ldi   info_high, #0
    ret

; `at`: a parameter of the page `code`, which ends at `last`; `set`: 0: it is only looked at. `end`: behind the list.
frame logs: command=r0 unit=r1 last=r2 status=r3 sense=r4 specific=r5 set=r6 code=r7 wanted=r8 at=r9 x=r10 y=r11 value=r12 value_high=r13 end=r14 z=r15

sub log_select using logs
    cdb   wanted, command, #7, #2
    cdb   x, command, #1, #1
    and   set, x, #2                 ; PCR
    cdb   y, command, #2, #2
    shr   last, y, #14               ; PC
    and   code, y, #0x3fff
    br.ne wanted, #0, listed
    br.eq code, #0, all
    call  log_page
    br.ne status, #GOOD, done
all:
    br.ne set, #0, clear
    br.ne last, #DEFAULT_CUMULATIVE, done
clear:
    mov   end, code
    ldi   value, #0
    ldi   value_high, #0
    br.eq end, #READS_PAGE, reads
    ldi   code, #WRITES_PAGE
    call  count_from
    st    unit.write_errors[unit], value
    br.ne end, #0, tell
reads:
    ldi   code, #READS_PAGE
    call  count_from
    st    unit.read_errors[unit], value
    br    tell
listed:
    ldi   z, #9                      ; byte 1, bit 1: PCR
    br.ne set, #0, odd
    ldi   z, #21                     ; byte 2, bit 5: the pages name themselves
    br.ne code, #0, odd
    ldi   z, #23                     ; byte 2, bit 7: PC
    br.ne last, #CUMULATIVE, odd
    call  log_list
    br.ne status, #GOOD, done
    ldi   set, #1
    call  log_list
tell:
    use   reason=r3 whom=r4 but=r5
    mov   whom, unit
    ldi   reason, #LOG_CHANGED
    ld    but, scsi_command.nexus[command]
    call  attend_all
    ldi   status, #GOOD
    ldi   sense, #0
    ldi   specific, #0
done:
    ret
odd:
    call  odd_bit
    ret

; Is there a log page `code`?
sub log_page using logs
    ld    z, unit.pages[unit]
each:
    br.eq z, #0, absent
    sub   z, z, #1
    ld    x, page.kind[z]
    br.ne x, #LOG, next
    ld    x, page.code[z]
    br.eq x, code, there
next:
    ld    z, page.next[z]
    br    each
there:
    br.eq code, #WRITES_PAGE, counts
    br.eq code, #READS_PAGE, counts
    ldi   last, #CUMULATIVE          ; it has nothing to reset
    ldi   set, #0
counts:
    ret
absent:
    ldi   z, #21
    call  odd_bit
    ret

; The counters of page `code` go on from `value` bytes.
sub count_from using logs
    br.eq code, #READS_PAGE, reads
    ld    x, meter.written_sectors[unit]
    st    unit.write_from[unit], x
    st64  unit.write_bytes[unit], value
    ret
reads:
    ld    x, meter.read_sectors[unit]
    st    unit.read_from[unit], x
    st64  unit.read_bytes[unit], value
    ret

; Pages in ascending order, with parameters in ascending order (SPC-4, 7.3.2).
sub log_list using logs
    ld    at, scsi_command.at[command]
    shl   at, at, #9
    add   end, at, wanted
    ld    x, scsi_command.out_bytes[command]
    br.lt x, wanted, short
    ldi   code, #0
page:
    br.ge at, end, done
    sub   x, end, at
    br.lt x, #4, short
    get   x, at, #0, #2
    and   x, x, #0x7fff              ; DS means nothing without SP
    br.ge code, x, wrong
    mov   code, x
    br.eq code, #WRITES_PAGE, counts
    br.ne code, #READS_PAGE, wrong
counts:
    get   x, at, #2, #2
    add   last, at, #4
    add   last, last, x
    br.lt end, last, short
    add   at, at, #4
    ldi   z, #0
parameter:
    br.ge at, last, page
    sub   x, last, at
    br.lt x, #4, short
    get   x, at, #0, #2
    br.ge z, x, wrong
    mov   z, x
    get   y, at, #3, #1
    add   x, at, #4
    add   x, x, y
    br.lt last, x, short
    get   x, at, #2, #1
    br.ne x, #COUNTER_CONTROL, control
    br.eq z, #BYTES_PARAMETER, bytes
    br.ne z, #ERRORS_PARAMETER, wrong
    br.ne y, #4, length
    br.eq set, #0, next
    get   x, at, #4, #4
    br.eq code, #READS_PAGE, reads
    st    unit.write_errors[unit], x
    br    next
reads:
    st    unit.read_errors[unit], x
    br    next
bytes:
    br.ne y, #8, length
    br.eq set, #0, next
    get64 value, at, #4
    call  count_from
next:
    add   at, at, y
    add   at, at, #4
    br    parameter
length:
    add   at, at, #1
control:
    add   at, at, #2
wrong:
    ld    x, scsi_command.at[command]
    shl   x, x, #9
    sub   x, at, x
    call  odd_byte
done:
    ret
short:
    ldi   sense, #PARAMETER_LIST_LENGTH
    ldi   status, #CHECK_CONDITION
    ret
