; The data director is dead: nobody knows any more what may be read or written.
role channel

on CHANNEL_LOSES
    use   result=r1 unit=r2 units=r3 gate=r4
    zero  unit
    br.none lost, #LOST_DATA, done
    st    front.lost, lost
    ldi   result, #NOT_READY
    cancel WRITTEN (result)
    cancel REWRITTEN (result)
    cancel READY (result)
    cancel SYNCED (result)
    cancel MAPPED (result)
    cancel INQUIRED (result)
    ld    units, front.units
each:                                ; SCSI commands that need the medium are refused before they ask
    br.ge unit, units, done
    ld    gate, unit.gate[unit]
    or    gate, gate, #GATE_LOST
    st    unit.gate[unit], gate
    add   unit, unit, #1
    br    each
done:
    end
